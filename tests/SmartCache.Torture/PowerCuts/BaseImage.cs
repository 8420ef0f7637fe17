using Microsoft.Win32.SafeHandles;
using SmartCache.Torture.Workload;

namespace SmartCache.Torture.PowerCuts;

/// <summary>What is on the disk for certain at some flush of a recording, and the images that a power cut may leave after it.</summary>
internal sealed class BaseImage : IDisposable
{
    private readonly IReadOnlyList<DiskRecord> _records;
    private readonly SafeFileHandle _log;
    private readonly SafeFileHandle _image;
    private int _applied;

    public BaseImage(string path, string log, IReadOnlyList<DiskRecord> records)
    {
        _records = records;
        _log = File.OpenHandle(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        _image = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite);
        RandomAccess.SetLength(_image, DiskKind.Size);
    }

    /// <summary>Makes a file of what is on the disk for certain. Images must be asked for in the order of their flushes.</summary>
    public void Clone(CrashImage image, SafeFileHandle target)
    {
        for (; _applied < image.Flush; _applied++)
        {
            Apply(_applied, _image, torn: null);
        }

        DiskNative.Clone(_image, target);
    }

    /// <summary>Adds what came after it and is there too.</summary>
    public void Finish(CrashImage image, SafeFileHandle target)
    {
        foreach (var number in image.Writes)
        {
            Apply(number, target, number == image.Torn ? new SplitMix(image.Seed) : null);
        }
    }

    public void Dispose()
    {
        _log.Dispose();
        _image.Dispose();
    }

    private void Apply(int number, SafeFileHandle target, SplitMix? torn)
    {
        var record = _records[number];
        if (record.IsFlush)
        {
            return;
        }

        var bytes = new byte[record.Length];
        _ = RandomAccess.Read(_log, bytes, record.Data);
        if (torn is null)
        {
            RandomAccess.Write(target, bytes, record.Offset);
            return;
        }

        // The beginning, the end, or any sectors of it.
        var (sectors, way) = (record.Length / CrashImage.Sector, torn.Next(3));
        var cut = 1 + torn.Next(Math.Max(1, sectors - 1));
        for (var sector = 0; sector < sectors; sector++)
        {
            if (way switch { 0 => sector < cut, 1 => sector >= cut, _ => torn.Chance(0.5) })
            {
                RandomAccess.Write(target, bytes.AsSpan(sector * CrashImage.Sector, CrashImage.Sector), record.Offset + (sector * CrashImage.Sector));
            }
        }
    }
}
