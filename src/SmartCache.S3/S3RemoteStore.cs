namespace SmartCache.S3;

/// <summary>Makes the adaptor without a container.</summary>
public static class S3RemoteStore
{
    /// <summary>An object store on S3, for <see cref="CacheDependencies.RemoteStore"/>. Dispose of it where it is disposable.</summary>
    /// <param name="options">Where it is; not kept.</param>
    /// <exception cref="ObjectStoreException">The options can never work; the text names the key.</exception>
    public static IObjectStore Create(S3RemoteOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new S3ObjectStore(S3Settings.From(options));
    }
}
