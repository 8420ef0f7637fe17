using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using SmartCache.Storage.Platform;
using SmartCache.Torture.Workload;

namespace SmartCache.Torture.PowerCuts;

/// <summary>
/// The verb <c>power-cuts</c>: workers on a disk that records its writes, then every image that a power cut may leave of it, each recovered by its file system
/// and looked at by a cache. An image counts once, by its recovered tree and by what the outside world had been told by then.
/// </summary>
internal sealed class PowerCuts(PowerOptions options)
{
    /// <summary>Every so manieth image is looked at by a process of its own too.</summary>
    private const int RealWorkerEvery = 50;

    /// <summary>The exit code of a process that a signal ended is this and its number.</summary>
    private const int SignalBase = 128;

    private readonly PowerTable _table = new();
    private readonly Lock _gate = new();

    public static async Task<int> RunAsync(PowerOptions options)
    {
        if (RecordedDisk.WhyNot(options.Kind) is { } reason)
        {
            Console.WriteLine($"Skipped: {reason}");
            return 0;
        }

        FileSystem.AssumedBoot = "after the power cut";
        using var stop = new CancellationTokenSource();
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        return await new PowerCuts(options).RunAsync(stop.Token);

        void End(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Cancel();
        }
    }

    private async Task<int> RunAsync(CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        Directory.CreateDirectory(options.Directory);
        using (var store = ImageStore.Mount(options.Directory))
        {
            for (var seed = options.Seed; _table.Images < options.Images && !stop.IsCancellationRequested; seed++)
            {
                var directory = Path.Combine(options.Directory, string.Create(CultureInfo.InvariantCulture, $"recording-{seed}"));
                var (before, violations) = (_table.Images, _table.Violations);
                try
                {
                    PowerRecording recording;
                    using (_table.Times.Of("record"))
                    {
                        recording = await PowerRecording.MakeAsync(options, directory, seed, stop);
                    }

                    await AuditAsync(store, recording, directory, seed, stop);
                }
                catch (OperationCanceledException) when (stop.IsCancellationRequested)
                {
                    break;
                }

                if (_table.Violations == violations)
                {
                    Directory.Delete(directory, recursive: true);
                }

                if (_table.Images == before)
                {
                    throw new InvalidOperationException("A recording gave no image: its workers did nothing.");
                }
            }
        }

        _table.Print(clock.Elapsed);
        return _table.Violations == 0 ? 0 : 1;
    }

    private async Task AuditAsync(ImageStore store, PowerRecording recording, string directory, ulong seed, CancellationToken stop)
    {
        var records = DiskRecord.Read(recording.Log, options.Kind).TakeWhile(record => record.At < recording.End).ToList();
        var told = Told.Read(recording.Ledger);
        _table.Add($"seed {seed}", told.Violations, 0, 0);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"seed {seed}: {records.Count(record => record.At >= recording.Begin)} writes and flushes, {records.Count(record => record.IsFlush && record.At >= recording.Begin)} of them flushes; ")
            + string.Join(", ", told.Operations.OrderBy(static operation => operation.Key, StringComparer.Ordinal).Select(static operation => $"{operation.Key} {operation.Value}")));
        using var begins = new BaseImage(Path.Combine(store.Root, "begins"), recording.Log, records);
        using var parts = new BaseImage(Path.Combine(store.Root, "parts"), recording.Log, records);
        using var images = new CrashImages(records, told, new SplitMix(SplitMix.Mix(seed, 9))).From(recording.Begin, options.Images - _table.Images).GetEnumerator();
        var content = new PowerContent(seed);
        await Task.WhenAll(Enumerable.Range(0, options.Kind.MostLanes).Select(number => Task.Run(() => LaneAsync(number), CancellationToken.None)));

        async Task LaneAsync(int number)
        {
            using var lane = new ImageLane(options.Kind, directory, store, number);
            while (true)
            {
                CrashImage image;
                BaseImage disk;
                lock (_gate)
                {
                    do
                    {
                        if (_table.Images >= options.Images || stop.IsCancellationRequested || !images.MoveNext())
                        {
                            return;
                        }

                        image = images.Current;
                    }
                    while (image.Between.IsExhausted || !_table.Yield.Wants(image.Kind));

                    using var cloning = _table.Times.Of("lay out");
                    disk = image.IsPart ? parts : begins;
                    lane.Clone(disk, image);
                }

                ToldState state;
                using (_table.Times.Of("what was told"))
                {
                    state = told.At(image.Told, records[image.Flush - 1].At);
                }

                await LookAsync(lane, disk, image, state, content, recording.Beside, seed, stop);
            }
        }
    }

    private async Task LookAsync(ImageLane lane, BaseImage disk, CrashImage image, ToldState told, PowerContent content, string trees, ulong seed, CancellationToken stop)
    {
        var where = string.Create(CultureInfo.InvariantCulture, $"seed {seed}, after record {image.Flush}, {image.Name} {string.Join(',', image.Writes)} [{string.Join(' ', told.Operations)}]");
        try
        {
            using (_table.Times.Of("lay out"))
            {
                disk.Finish(image, lane.Image);
            }

            using (_table.Times.Of("mount"))
            {
                lane.Mount();
            }

            string tree;
            using (_table.Times.Of("hash"))
            {
                tree = lane.HashTree();
            }

            var isNew = _table.IsNew(tree, told, image, out var number);
            image.Between.Note(isNew);
            _table.Yield.Note(image.Kind, isNew);
            if (isNew)
            {
                var audit = new ImageAudit(lane, content, told, trees, PowerOptions.Workers);
                using (_table.Times.Of("audit"))
                {
                    await audit.RunAsync();
                }

                if (number % RealWorkerEvery == 0)
                {
                    using var real = _table.Times.Of("process");
                    RealWorker(lane, seed, audit.Violations, stop);
                }

                _table.Add(where, audit.Violations, audit.Asked, audit.Lost);
            }
        }
        catch (RefusedImageException exception)
        {
            // Such as a torn superblock of btrfs, which has one and mounts nothing without it.
            _table.Refuse(where, exception.Message);
        }
        finally
        {
            using (_table.Times.Of("unmount"))
            {
                lane.Unmount();
            }
        }
    }

    private void RealWorker(ImageLane lane, ulong seed, List<string> violations, CancellationToken stop)
    {
        var start = Self.StartInfo("power-check", lane.Root, seed.ToString(CultureInfo.InvariantCulture));
        start.RedirectStandardOutput = true;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        lock (_gate)
        {
            _table.RealWorkers++;
        }

        // Whoever ends this program by a signal to all of its group ends that one too.
        if (process.ExitCode != 0 && !(stop.IsCancellationRequested && process.ExitCode > SignalBase))
        {
            violations.Add($"a new worker ended with {process.ExitCode}: {output}");
        }
    }
}
