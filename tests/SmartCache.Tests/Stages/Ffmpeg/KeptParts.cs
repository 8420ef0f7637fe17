namespace SmartCache.Tests.Stages.Ffmpeg;

/// <summary>A checkpoint in a directory: what is recorded is copied, and the next attempt is given it.</summary>
internal sealed class KeptParts(string directory) : IEncodeCheckpoint
{
    private readonly Lock _gate = new();
    private readonly Dictionary<EncodePart, string> _layouts = new(ReferenceEqualityComparer.Instance);
    private string? _layout;
    private int _serial;

    /// <summary>In the order of their start.</summary>
    public List<EncodePart> Parts { get; private set; } = [];

    /// <summary>From which time on parts were forgotten.</summary>
    public List<TimeSpan> Forgotten { get; } = [];

    public List<string> Opened { get; } = [];

    public Action<EncodePart>? OnRecord { get; set; }

    public Action? OnOpen { get; set; }

    /// <summary>What recording waits for first.</summary>
    public Func<CancellationToken, Task>? BeforeRecord { get; set; }

    public ValueTask<IReadOnlyList<EncodePart>> OpenAsync(string layout, CancellationToken cancellationToken = default)
    {
        _layout = layout;
        Opened.Add(layout);
        OnOpen?.Invoke();
        return new([.. Parts.Where(part => _layouts.GetValueOrDefault(part, layout) == layout)]);
    }

    public async ValueTask<bool> RecordAsync(EncodePartFile part, CancellationToken cancellationToken = default)
    {
        await (BeforeRecord?.Invoke(cancellationToken) ?? Task.CompletedTask);
        _layout.Should().NotBeNull("it is opened first");
        Directory.CreateDirectory(directory);
        var path = Path.Combine(directory, $"{Interlocked.Increment(ref _serial)}.part");
        File.Copy(part.Path, path);
        var kept = new EncodePart { Path = path, Start = part.Start, Duration = part.Duration, Facts = part.Facts, Length = new FileInfo(path).Length };
        lock (_gate)
        {
            _layouts[kept] = _layout!;
            Parts = [.. Parts.Where(other => other.Start != part.Start).Append(kept).OrderBy(static other => other.Start)];
        }

        OnRecord?.Invoke(kept);
        return true;
    }

    /// <summary>Has copies of the parts of another one.</summary>
    public void Take(KeptParts other)
    {
        Directory.CreateDirectory(directory);
        foreach (var part in other.Parts)
        {
            var copy = part with { Path = Path.Combine(directory, Path.GetFileName(part.Path)) };
            File.Copy(part.Path, copy.Path);
            _layouts[copy] = other._layouts[part];
            Parts.Add(copy);
            _serial++;
        }
    }

    /// <summary>Changes what is noted with all parts.</summary>
    public void Note(string fact, string value)
    {
        for (var i = 0; i < Parts.Count; i++)
            Note(i, fact, value);
    }

    /// <summary>Changes what is noted with one.</summary>
    public void Note(int part, string fact, string value)
    {
        var layout = _layouts[Parts[part]];
        _layouts[Parts[part] = Parts[part] with { Facts = new Dictionary<string, string>(Parts[part].Facts) { [fact] = value } }] = layout;
    }

    /// <summary>As if an attempt of another encoder had left them.</summary>
    public void MoveTo(string layout) => Parts.ForEach(part => _layouts[part] = layout);

    /// <summary>Puts another file in the place of a part. What is noted with it stays.</summary>
    public void Plant(int part, byte[] content) => File.WriteAllBytes(Parts[part].Path, content);

    public ValueTask ForgetAsync(TimeSpan from, CancellationToken cancellationToken = default)
    {
        Forgotten.Add(from);
        lock (_gate)
            Parts = [.. Parts.Where(part => part.Start < from)];
        return default;
    }
}
