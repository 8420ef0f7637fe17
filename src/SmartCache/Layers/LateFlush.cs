using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Layers;

/// <summary>
/// Flushes small files in the background some seconds after they were written, many at once: no job waits for its disk, and a power cut costs those of
/// the last seconds. <see cref="BackgroundSaves.FlushAsync"/> does not wait for the seconds.
/// </summary>
internal sealed class LateFlush
{
    /// <summary>How old a file may get before it is flushed.</summary>
    public static readonly TimeSpan Delay = TimeSpan.FromSeconds(5);

    private const int MaxKept = 10_000;

    private readonly LayerAccess _layer;
    private readonly BackgroundSaves _saves;
    private readonly Lock _gate = new();
    private HashSet<string> _written = new(StringComparer.Ordinal);
    private ITimer? _timer;

    public LateFlush(LayerAccess layer, BackgroundSaves saves)
    {
        (_layer, _saves) = (layer, saves);
        saves.BeforeFlush(Begin);
    }

    /// <summary>A file of a directory of the layer was replaced.</summary>
    public void Note(string path)
    {
        lock (_gate)
        {
            _written.Add(path);
            _timer ??= _layer.Time.CreateTimer(static late => ((LateFlush)late!).Begin(), this, Delay, Timeout.InfiniteTimeSpan);
        }
    }

    private void Begin()
    {
        HashSet<string> written;
        lock (_gate)
        {
            _timer?.Dispose();
            _timer = null;
            if (_written.Count == 0)
            {
                return;
            }

            (written, _written) = (_written, new HashSet<string>(StringComparer.Ordinal));
        }

        _ = _saves.Run(async stopping =>
        {
            try
            {
                var flushed = await _layer.Boundary.AttemptAsync("flush records", false, pulse => Flush(written, pulse), stopping).ConfigureAwait(false);
                if (!flushed)
                {
                    TakeBack(written);
                }

                return flushed;
            }
            catch (OperationCanceledException)
            {
                return false; // the process ends; the kernel has them
            }
        });
    }

    /// <summary>The next file that is noted, or the next flush of everything, tries them again.</summary>
    private void TakeBack(HashSet<string> written)
    {
        lock (_gate)
        {
            _written.UnionWith(written.Take(Math.Max(0, MaxKept - _written.Count)));
        }
    }

    // Files first: the name of one that is empty after a power cut would be worth nothing.
    private bool Flush(HashSet<string> written, OperationPulse pulse)
    {
        var fault = new FirstFault();
        foreach (var path in written.Concat(written.Select(static file => Path.GetDirectoryName(file)!).Distinct()).Append(_layer.Directory.Itself))
        {
            pulse.Beat();
            try
            {
                _layer.Directory.FileSystem.Flush(path);
            }
            catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
            {
                // Expired, or removed with the whole cache.
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // One that cannot be flushed keeps none of the others.
                fault.Note(exception);
            }
        }

        fault.Throw();
        return true;
    }
}
