namespace SmartCache.Tests.Stages.Ffmpeg;

/// <summary>A checkpoint in a directory: what is recorded is copied, and the next attempt is given it.</summary>
internal sealed class KeptParts(string directory) : IEncodeCheckpoint
{
    private readonly Lock _gate = new();
    private string? _layout;
    private int _serial;

    /// <summary>In the order of their start.</summary>
    public List<EncodePart> Parts { get; private set; } = [];

    /// <summary>From which time on parts were forgotten.</summary>
    public List<TimeSpan> Forgotten { get; } = [];

    public List<string> Opened { get; } = [];

    public Action<EncodePart>? OnRecord { get; set; }

    public ValueTask<IReadOnlyList<EncodePart>> OpenAsync(string layout, CancellationToken cancellationToken = default)
    {
        _layout = layout;
        Opened.Add(layout);
        return new([.. Parts]);
    }

    public ValueTask<bool> RecordAsync(EncodePartFile part, CancellationToken cancellationToken = default)
    {
        _layout.Should().NotBeNull("it is opened first");
        Directory.CreateDirectory(directory);
        var path = Path.Combine(directory, $"{Interlocked.Increment(ref _serial)}.part");
        File.Copy(part.Path, path);
        var kept = new EncodePart { Path = path, Start = part.Start, Duration = part.Duration, Facts = part.Facts, Length = new FileInfo(path).Length };
        lock (_gate)
            Parts = [.. Parts.Where(other => other.Start != part.Start).Append(kept).OrderBy(static other => other.Start)];
        OnRecord?.Invoke(kept);
        return new(true);
    }

    public ValueTask ForgetAsync(TimeSpan from, CancellationToken cancellationToken = default)
    {
        Forgotten.Add(from);
        lock (_gate)
            Parts = [.. Parts.Where(part => part.Start < from)];
        return default;
    }
}
