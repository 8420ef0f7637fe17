using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using SmartCache.Configuration;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Space;

/// <summary>
/// The account of all processes in <c>quota/</c>: each step takes its lock, reads what the others wrote, and writes whole files.
/// Every method may throw, and runs behind a boundary. The order of the writes is such that a process which dies between two of them leaves too much in the
/// account and never too little; the next count puts that right.
/// </summary>
internal sealed class SpaceLedger(LayerDirectory directory, ICacheSettingsSource settings, PartialsUsage partials)
{
    private const string AccountFile = "account.json";
    private const int MaxBytes = 1 << 20;

    /// <summary>Kept clear of entries, for what the cache writes between two counts without reserving: states of jobs, locks, directories, the history. At most a fiftieth.</summary>
    private const long RecordAllowance = 4 << 20;

    /// <summary>A step takes a millisecond; whoever holds the lock this long hangs.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly ConcurrentQueue<(SpaceRequest Request, long Stored)> _owed = new();
    private readonly string _accountPath = Path.Combine(directory.Root, AccountFile);
    private readonly string _ownPath = Path.Combine(directory.Root, directory.WriterId + ".json");
    private readonly ConcurrentDictionary<string, SpaceShortage> _disks = new(StringComparer.Ordinal);
    private WriterSpace _own = WriterSpace.Nothing;
    private volatile SpaceUsage? _seen;
    private bool _isFirstOwedStored;

    /// <summary>What entries may take of <c>MaxSize</c>, in bytes.</summary>
    public long EntryLimit => EntryLimitOf(settings.Current);

    /// <summary>What was used when it was last measured; <see langword="null"/> before that. Touches no disk.</summary>
    public SpaceUsage? Seen => _seen;

    /// <summary>What the file system of a layer had left when it was last measured, whatever was asked for then; <see langword="null"/> before that. Touches no disk.</summary>
    public SpaceShortage? SeenOn(string layer) => _disks.GetValueOrDefault(layer);

    /// <inheritdoc cref="EntryLimit"/>
    public static long EntryLimitOf(CacheSettings settings) => settings.MaxSize - Math.Min(RecordAllowance + settings.History, settings.MaxSize / 50);

    /// <summary>Reserves, or says what is lacking.</summary>
    public SpaceShortage TryReserve(SpaceRequest request, OperationPulse pulse)
    {
        using var held = Lock(pulse);
        PayBack(pulse);
        var device = DeviceOf(request.Layer);
        var shortage = ShortageFor(request, device, Measure(pulse, request.IsForPart));
        if (!shortage.Exists)
        {
            WriteOwn(_own.With(request, device, +1));
        }

        return shortage;
    }

    /// <summary>Notes that a reservation is to be given back; <paramref name="stored"/> bytes of it have become closed files. Touches no disk and cannot fail.</summary>
    public void Owe(SpaceRequest request, long stored)
    {
        if (request.IsForPart)
        {
            partials.Add(request.Bytes);
        }

        _owed.Enqueue((request, stored));
    }

    /// <summary>Enters what is owed. What cannot be entered now, on a full or hanging disk, is with the next step; until then too much is reserved.</summary>
    public void Settle(OperationPulse pulse)
    {
        using var held = Lock(pulse);
        PayBack(pulse);
    }

    /// <summary>What is used too much as things are, with <paramref name="request"/> added where there is one, on the file system of <paramref name="layer"/>.</summary>
    public SpaceShortage Shortage(LayerDirectory layer, SpaceRequest? request, OperationPulse pulse)
    {
        using var held = Lock(pulse);
        TryPayBack(pulse);
        return ShortageFor(request ?? new SpaceRequest(layer, 0, 0), DeviceOf(layer), Measure(pulse));
    }

    public SpaceUsage Usage(OperationPulse pulse)
    {
        using var held = Lock(pulse);
        TryPayBack(pulse);
        return Measure(pulse);
    }

    /// <summary>Begins a count; only the evictor does.</summary>
    public string BeginCount(OperationPulse pulse)
    {
        using var held = Lock(pulse);
        TryPayBack(pulse);

        // First what dead processes had reserved is charged: what of it lies there the count finds.
        Measure(pulse);
        var count = Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture);
        WriteAccount(ReadAccount() with { Count = count, SinceCount = 0 });
        return count;
    }

    /// <summary>Enters what a count found, or has left over after taking something away. What was published meanwhile is added: seen twice is safe, missed is not.</summary>
    public void EndCount(string count, long bytes, OperationPulse pulse)
    {
        using var held = Lock(pulse);
        var account = ReadAccount();
        if (account.Count == count)
        {
            WriteAccount(account with { Bytes = bytes + account.SinceCount });
        }
    }

    /// <summary>Takes this writer's file away; it had nothing reserved any more, or is about to be charged with it.</summary>
    public void Close()
    {
        if (_own.Bytes == 0)
        {
            directory.FileSystem.Delete(_ownPath);
        }
    }

    private FileLock Lock(OperationPulse pulse) => directory.TakeLock("account", exclusive: true, Patience, pulse);

    private void PayBack(OperationPulse pulse)
    {
        while (_owed.TryPeek(out var owed))
        {
            pulse.Beat();
            if (owed.Stored > 0 && !_isFirstOwedStored)
            {
                WriteAccount(ReadAccount().Plus(owed.Stored));

                // The other write may fail, on a full disk again and again, and each try would count it once more.
                _isFirstOwedStored = true;
            }

            WriteOwn(_own.With(owed.Request, DeviceOf(owed.Request.Layer), -1));
            _owed.TryDequeue(out _);
            _isFirstOwedStored = false;
        }
    }

    // For whoever only looks, and would see what nobody has reserved any more: good entries would be evicted for it.
    private void TryPayBack(OperationPulse pulse)
    {
        try
        {
            PayBack(pulse);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The disk is as full as it was; the next step tries again.
        }
    }

    private SpaceUsage Measure(OperationPulse pulse, bool isForPart = false)
    {
        var account = ReadAccount();
        var reserved = _own.Bytes;
        var (writes, inodes) = (_own.Writes, _own.Inodes ?? WriterSpace.Nothing.Writes);
        foreach (var path in directory.FileSystem.ListFiles(directory.Root, "*.json"))
        {
            pulse.Beat();
            var writer = Path.GetFileNameWithoutExtension(path);
            if (writer == directory.WriterId || !OwnNames.IsWriter(writer))
            {
                continue;
            }

            if (BoundedFile.Read(directory.FileSystem, path, MaxBytes) is not { } bytes)
            {
                // Its process has ended well just now.
                continue;
            }

            var other = Parse(bytes, SpaceJson.Default.WriterSpace) is { IsPossible: true } possible ? possible : null;
            if (directory.IsAlive(writer, out var proofOfDeath))
            {
                reserved += other?.Bytes ?? 0;
                (writes, inodes) = (Sum(writes, other?.Writes), Sum(inodes, other?.Inodes));
                continue;
            }

            using (proofOfDeath)
            {
                // It may have died right after a publish: all it had reserved may lie on the disk by now.
                if (other is not { Bytes: 0 })
                {
                    account = other is null ? SpaceAccount.Uncounted : account.Plus(other.Bytes);
                    WriteAccount(account);
                }

                directory.FileSystem.Delete(path);
                proofOfDeath!.DeleteAndDispose();
            }
        }

        return _seen = new SpaceUsage(account.Bytes, isForPart ? partials.MeasureForPart(pulse) : partials.Measure(pulse), reserved, writes, inodes);
    }

    // Nothing is copied where there is nothing to add: most writers have nothing under way.
    private static IReadOnlyDictionary<string, long> Sum(IReadOnlyDictionary<string, long> byDevice, IReadOnlyDictionary<string, long>? more)
    {
        if (more is null || more.Values.All(static value => value == 0))
        {
            return byDevice;
        }

        var sum = new Dictionary<string, long>(byDevice);
        foreach (var (device, value) in more)
        {
            sum[device] = sum.GetValueOrDefault(device) + value;
        }

        return sum;
    }

    private SpaceShortage ShortageFor(SpaceRequest request, string device, SpaceUsage usage)
    {
        // Where somebody removed the layer under the running worker, it will be made anew beside this.
        var disk = directory.FileSystem.Disk(directory.FileSystem.Stat(request.Layer.Root) is null ? directory.Root : request.Layer.Root);
        var current = settings.Current;
        return _disks[request.Layer.Name] = SpaceShortage.On(
            disk,
            current,
            usage.Counted is null,
            usage.Total + request.Bytes - EntryLimit + (request.IsForPart ? current.MaxSize / SpaceShortage.Slack : 0),
            usage.Writes.GetValueOrDefault(device) + request.Writes + (request.KeepsFree ?? 0) + (request is { IsForPart: true, Writes: > 0 } ? current.MinFreeSpace.On(disk.TotalBytes) / SpaceShortage.Slack : 0),
            usage.Inodes.GetValueOrDefault(device) + request.Inodes);
    }

    private string DeviceOf(LayerDirectory layer) =>
        (directory.FileSystem.DeviceOf(layer.Root) ?? 0).ToString(CultureInfo.InvariantCulture);

    private SpaceAccount ReadAccount()
    {
        var account = BoundedFile.Read(directory.FileSystem, _accountPath, MaxBytes) is { } bytes ? Parse(bytes, SpaceJson.Default.SpaceAccount) : null;
        return account?.Version switch
        {
            null or < SpaceAccount.CurrentVersion => SpaceAccount.Uncounted,
            SpaceAccount.CurrentVersion => account.IsPossible && account.Boot == directory.FileSystem.Boot ? account : SpaceAccount.Uncounted,
            // A newer worker counts in another way; without its account nothing can be promised, so nothing is stored.
            _ => throw new NewerFormatException(account.Version),
        };
    }

    private void WriteAccount(SpaceAccount account)
    {
        var boot = directory.FileSystem.Boot;
        StateFile.Replace(
            directory, _accountPath, JsonSerializer.SerializeToUtf8Bytes(account with { Boot = boot }, SpaceJson.Default.SpaceAccount), flush: boot is null);
        if (boot is null)
        {
            // Nothing would tell that an older one has come back.
            directory.FileSystem.Flush(directory.Itself);
        }
    }

    private void WriteOwn(WriterSpace own)
    {
        StateFile.Replace(directory, _ownPath, JsonSerializer.SerializeToUtf8Bytes(own, SpaceJson.Default.WriterSpace), flush: false);
        _own = own;
    }

    // What cannot be parsed is counted anew, or is a reservation that nobody knows the size of.
    private static T? Parse<T>(byte[] bytes, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, type);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
