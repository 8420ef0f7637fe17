using System.Globalization;

namespace SmartCache.Stages.Kubo;

/// <summary>Everything that decides which CID the same bytes get. All of it goes with every add: a node's configuration may change any default.</summary>
internal sealed class ImportParameters
{
    /// <summary>Links per inner node of a file: the default of every implementation for years, sent explicitly because newer nodes can be configured otherwise.</summary>
    public const int MaxFileLinks = 174;

    public ImportParameters(KuboOptions options)
    {
        CidVersion = options.CidVersion;
        Sha512 = options.Hash == "sha2-512";
        ChunkSize = options.RawLeaves && TryGetChunkSize(options.Chunker, out var size) ? size : null;
        Canonical = string.Create(CultureInfo.InvariantCulture,
            $"cid-version={options.CidVersion}&raw-leaves={(options.RawLeaves ? "true" : "false")}&chunker={options.Chunker}&hash={options.Hash}");
        Query = Canonical + $"&max-file-links={MaxFileLinks}&trickle=false&inline=false&nocopy=false&progress=false&wrap-with-directory=false"
            // Not for version 0: Kubo would write it as version 1, and js-ipfs fails.
            + (options.CidVersion == 1 ? "&cid-base=base32" : "");
    }

    /// <summary><see cref="UploadTarget.ImportParameters"/>.</summary>
    public string Canonical { get; }

    /// <summary>The same and the constants, for the request; <c>pin</c> is the caller's.</summary>
    public string Query { get; }

    public int CidVersion { get; }

    public bool Sha512 { get; }

    /// <summary>Bytes per block where the layout of a file can be computed here; <see langword="null"/> where only the node knows it.</summary>
    public int? ChunkSize { get; }

    public static bool IsKnownChunker(string? chunker) =>
        chunker is not null && (TryGetChunkSize(chunker, out _) || chunker is "buzhash" or "rabin" || chunker.StartsWith("rabin-", StringComparison.Ordinal) && chunker.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'));

    private static bool TryGetChunkSize(string chunker, out int size)
    {
        size = 0;
        return chunker.StartsWith("size-", StringComparison.Ordinal)
            && int.TryParse(chunker.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out size)
            && size is >= 1 and <= 1024 * 1024;
    }
}
