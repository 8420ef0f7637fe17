namespace SmartCache;

/// <summary>What an <see cref="IObjectStore"/> may offer beside: the store's own rules for what is old, for whoever sets a bucket up. No job needs them.</summary>
/// <remarks>Whatever goes wrong is an <see cref="ObjectStoreException"/>, as there.</remarks>
public interface IObjectStoreRules
{
    /// <summary>The rules that concern every object whose name begins so.</summary>
    /// <param name="prefix">The beginning.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    ValueTask<ObjectStoreRules> ReadRulesAsync(string prefix, CancellationToken cancellationToken = default);

    /// <summary>Adds a rule for objects whose names begin so, or replaces the one that this method added before. Every other rule of the store stays.</summary>
    /// <param name="prefix">The beginning.</param>
    /// <param name="rules">What is to hold; <see langword="null"/> in it = no such rule of this prefix's own.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    ValueTask WriteRulesAsync(string prefix, ObjectStoreRules rules, CancellationToken cancellationToken = default);

    /// <summary>Aborts uploads in parts that somebody began and never ended: their parts take space for ever.</summary>
    /// <param name="prefix">Of objects whose names begin so.</param>
    /// <param name="age">Those that are older, by the store's clock as far as it can be told.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>How many were aborted.</returns>
    ValueTask<int> AbortUploadsAsync(string prefix, TimeSpan age, CancellationToken cancellationToken = default);
}
