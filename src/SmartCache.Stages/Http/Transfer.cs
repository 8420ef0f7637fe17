using System.Net;
using System.Security.Cryptography;

namespace SmartCache.Stages.Http;

/// <summary>One download's file over all its tries: where it is, how much of it there is, and whether an address can continue it.</summary>
internal sealed class Transfer(DownloadSource source, string destination, string? partialPath) : IDisposable
{
    private readonly HashSet<DownloadEndpoint> _withoutRanges = [];
    private string? _partialPath = partialPath;
    private WorkFile? _file;
    private PartialClaims? _claims;

    /// <summary>Bytes that are there.</summary>
    public long Length { get; private set; }

    /// <summary>Length of the whole, as far as it is known.</summary>
    public long? Total { get; private set; }

    /// <summary>What servers set on the way, for this download alone.</summary>
    public CookieContainer Cookies { get; } = new();

    public FileStream Stream => _file!.Stream;

    /// <summary>Continues what an earlier attempt left. Says how many bytes that are.</summary>
    public long TakePartial(long? expectedLength)
    {
        if (_partialPath is null)
            return 0;

        var file = WorkFile.Take(_partialPath, source.Identity);
        if (file is null)
            return 0;

        var length = file.Stream.Length;
        if (length > file.Claims!.Total || expectedLength is { } expected && expected != file.Claims.Total)
        {
            file.Discard();
            return 0;
        }

        _file = file;
        _claims = file.Claims;
        Length = length;
        Total = file.Claims.Total;
        return length;
    }

    /// <summary>Where <paramref name="endpoint"/> can go on; 0 is the beginning.</summary>
    public long ResumeOffset(DownloadEndpoint endpoint)
    {
        if (_file is null || _claims is null || Length == 0 || _withoutRanges.Contains(endpoint))
            return 0;
        if (!source.ContentKnown && ValidatorOf(endpoint) is null)
            return 0;

        // What is already whole (its attempt was killed between the last byte and the rename) is confirmed by its last byte.
        return Math.Min(Length, _claims.Total - 1);
    }

    /// <summary>What <paramref name="endpoint"/> must still say of the file, where it is the one that served it.</summary>
    public Validator? ValidatorOf(DownloadEndpoint endpoint) =>
        _claims is { } claims && claims.Validity == endpoint.Validity ? Validator.From(claims.EntityTag, claims.LastModified) : null;

    /// <summary>The first bytes of what is there.</summary>
    public byte[] FirstBytes()
    {
        var buffer = new byte[Http.FirstBytes.Length];
        return buffer[..RandomAccess.Read(Stream.SafeFileHandle, buffer, 0)];
    }

    /// <summary>Asks <paramref name="endpoint"/> for the whole from now on. What is there stays until that begins: its answer may be an error.</summary>
    public void RefuseRanges(DownloadEndpoint endpoint) => _withoutRanges.Add(endpoint);

    /// <summary>The hash of the whole file, 64 lower-case hexadecimal digits.</summary>
    public async Task<string> Sha256Async(CancellationToken cancellationToken)
    {
        Stream.Position = 0;
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(Stream, cancellationToken).ConfigureAwait(false));
    }

    public void Continue(long offset)
    {
        if (Stream.Length != offset)
            Stream.SetLength(offset);
        Stream.Position = offset;
        Length = offset;
    }

    /// <summary>Starts a new file.</summary>
    /// <param name="endpoint">Who serves it.</param>
    /// <param name="total">Length of the whole, if known.</param>
    /// <param name="validator">What tells its bytes from other ones, if anything does.</param>
    public void Begin(DownloadEndpoint endpoint, long? total, Validator? validator)
    {
        Discard();
        Total = total;
        if (total > 0 && (validator is not null || source.ContentKnown))
        {
            _claims = new PartialClaims
            {
                Identity = source.Identity,
                EntityTag = validator?.EntityTag,
                LastModified = validator?.LastModifiedText,
                Validity = endpoint.Validity,
                Total = total.Value,
            };
        }

        if (_partialPath is not null)
        {
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(_partialPath)!);
                _file = WorkFile.Create(_partialPath, _claims, survives: true);
                return;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                LeavePartialPath();
            }
        }

        _file = WorkFile.Create(destination, _claims, survives: false);
    }

    public void Advance(int bytes) => Length += bytes;

    /// <summary>The place for partials is the cache's; when it cannot be written to, the job does without. Says whether that was the place.</summary>
    public bool LeavePartialPath()
    {
        if (_partialPath is null)
            return false;
        Discard();
        _partialPath = null;
        return true;
    }

    public void Discard()
    {
        _file?.Discard();
        _file = null;
        _claims = null;
        Length = 0;
        Total = null;
    }

    /// <summary>Makes the file the destination; <see langword="false"/> where it is gone, because locks do not work here and another attempt took it.</summary>
    public bool TryPublish()
    {
        var file = _file!;
        if (!File.Exists(file.Path))
        {
            Discard();
            return false;
        }

        file.Publish(destination);
        _file = null;
        return true;
    }

    /// <summary>Keeps what is there for a later attempt, where there is a place for it.</summary>
    public void Dispose()
    {
        if (_partialPath is not null)
            _file?.PutBack(_partialPath);
        else
            _file?.Discard();
        _file = null;
    }
}
