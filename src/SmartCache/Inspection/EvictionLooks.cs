using Microsoft.Extensions.Logging.Abstractions;
using SmartCache.Configuration;
using SmartCache.Eviction;
using SmartCache.Jobs;
using SmartCache.Maintenance;
using SmartCache.Space;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Inspection;

/// <summary>Goes through a clean-up without taking anything away: counts, lets expire, plans and stops where the real one does, by the same policy and the same goal.</summary>
internal sealed class EvictionLooks(IReadOnlyList<LayerDirectory> layers, LayerDirectory uploads, LayerDirectory quota, LayerDirectory history, CacheSettings settings)
{
    private readonly FileSystem _files = quota.FileSystem;
    private readonly List<InspectedVictim> _victims = [];
    private readonly HashSet<string> _gone = new(StringComparer.Ordinal);
    private readonly Dictionary<ulong, long> _freed = [];
    private int _leased;

    public InspectedEviction Look(OperationPulse pulse)
    {
        var now = TimeProvider.System.GetUtcNow();
        var needed = Needed(now, pulse);
        SeenEntries[] seen = [.. layers.Select((layer, i) => new SeenEntries(layer, i == 0 ? EntryKind.Source : EntryKind.Profile, now, pulse))];
        var loose = layers.ToDictionary(static layer => layer, layer => new LayerSweeper(layer).LooseBytes(pulse) + seen.First(one => one.Layer == layer).Damaged);
        var used = seen.Sum(static layer => layer.Entries.Sum(static entry => entry.Bytes) + layer.Unlisted) + loose.Values.Sum() + Others(pulse);
        var advisor = Advisor(seen[0].Eviction);
        var left = used - Expire(seen, needed, now, pulse);
        var isEnough = true;
        foreach (var layer in seen.DistinctBy(layer => DeviceOf(layer.Layer)))
        {
            if (ShortageOn(layer.Layer, left).Exists)
            {
                left -= Tidy(loose);
                var (bytes, kept) = Evict(seen, layer.Layer, ShortageOn(layer.Layer, left), advisor, needed, now, pulse);
                (left, isEnough) = (left - bytes, isEnough && kept);
            }
        }

        return new InspectedEviction
        {
            Policy = advisor.PolicyName,
            UsedBytes = used,
            LimitBytes = SpaceLedger.EntryLimitOf(settings),
            Leased = _leased,
            IsEnough = isEnough,
            Victims = _victims,
        };
    }

    /// <summary>What no job needs and nobody used for long.</summary>
    /// <returns>Its bytes.</returns>
    private long Expire(SeenEntries[] seen, Dictionary<string, JobNeed>? needed, DateTimeOffset now, OperationPulse pulse)
    {
        long bytes = 0;
        foreach (var layer in seen)
        {
            foreach (var entry in layer.Entries.Where(entry => now - entry.LastAccess > settings.MaxAge && needed?.ContainsKey(entry.Name) == false))
            {
                bytes += TryTake(layer, entry, EntryRemover.MaxAge, ProtectionLevel.Free, needed) ? entry.Bytes : 0;
                Free(layer, DiskGain.Of(_files, layer.PathOf(entry.Name), pulse).Bytes);
            }
        }

        return bytes;
    }

    private (long Bytes, bool IsEnough) Evict(
        SeenEntries[] seen, LayerDirectory wanted, SpaceShortage shortage, EvictionAdvisor advisor, Dictionary<string, JobNeed>? needed, DateTimeOffset now, OperationPulse pulse)
    {
        if (!shortage.Exists)
        {
            return (0, true);
        }

        (SeenEntries Layer, StoredEntry Entry)[] all = [.. seen.SelectMany(static layer => layer.Entries.Select(entry => (layer, entry))).Where(item => !_gone.Contains(item.entry.Name))];
        var plan = advisor.Plan(Array.ConvertAll(all, item => EvictionPlanner.Candidate(item.Entry, item.Layer.Kind, now, needed, settings.UploadStateMaxAge)), now);
        var goal = new SpaceGoal(shortage, settings.MaxSize);
        long bytes = 0;
        while (goal.IsOpen && plan.TryNext(out var victim, out _) && goal.Allows(victim.Level))
        {
            pulse.Beat();
            var (layer, entry) = all[victim.Index];
            var gain = goal.WantsDisk && DeviceOf(layer.Layer) == DeviceOf(wanted) ? DiskGain.Of(_files, layer.PathOf(entry.Name), pulse) : default;
            if (!goal.IsServedBy(gain) || !TryTake(layer, entry, goal.Reason, victim.Level, needed))
            {
                continue;
            }

            plan.ReportRemoved(victim);
            goal.Freed(entry.Bytes, gain);
            Free(layer, gain.Bytes);
            bytes += entry.Bytes;
        }

        return (bytes, !goal.IsPressing);
    }

    private bool TryTake(SeenEntries layer, StoredEntry entry, string limit, ProtectionLevel level, Dictionary<string, JobNeed>? needed)
    {
        if (layer.IsLeased(entry.Name))
        {
            _leased++;
            return false;
        }

        _gone.Add(entry.Name);
        _victims.Add(new InspectedVictim
        {
            Kind = layer.Kind,
            Entry = entry.Name,
            Limit = limit,
            Protection = (InspectedProtection)level,
            Jobs = needed?.GetValueOrDefault(entry.Name).Jobs?.Length ?? 0,
            Bytes = entry.Bytes,
            Cost = entry.CostSeconds > 0 ? TimeSpan.FromSeconds(Math.Min(entry.CostSeconds, TimeSpan.FromDays(365).TotalSeconds)) : null,
            Created = entry.Created,
            LastUse = entry.LastAccess,
        });
        return true;
    }

    // What serves nobody goes before any entry.
    private long Tidy(Dictionary<LayerDirectory, long> loose)
    {
        var bytes = loose.Values.Sum();
        foreach (var (layer, taken) in loose)
        {
            _freed[DeviceOf(layer)] = _freed.GetValueOrDefault(DeviceOf(layer)) + taken;
        }

        loose.Clear();
        return bytes;
    }

    private void Free(SeenEntries layer, long bytes) => _freed[DeviceOf(layer.Layer)] = _freed.GetValueOrDefault(DeviceOf(layer.Layer)) + bytes;

    private SpaceShortage ShortageOn(LayerDirectory layer, long used)
    {
        var disk = _files.Disk(_files.Stat(layer.Root) is null ? settings.Root : layer.Root);
        return SpaceShortage.On(disk with { AvailableBytes = disk.AvailableBytes + _freed.GetValueOrDefault(DeviceOf(layer)) }, settings, false, used - SpaceLedger.EntryLimitOf(settings), 0, 0);
    }

    private EvictionAdvisor Advisor(EvictionState? learned)
    {
        var policy = new EvictionPolicyCatalog([]).TryFind(settings.EvictionPolicy, out var found) ? found : new LruPolicy();
        var advisor = new EvictionAdvisor(policy, JobProtection.Default, NullLogger.Instance);
        if (learned is not null)
        {
            advisor.LoadState(learned);
        }

        return advisor;
    }

    /// <summary>What unfinished jobs need; <see langword="null"/> where the jobs cannot be read.</summary>
    private Dictionary<string, JobNeed>? Needed(DateTimeOffset now, OperationPulse pulse)
    {
        var states = new JobStates(uploads);
        return Looking.OrNone(() => JobNeed.Of(states.ReadAll(states.Paths(pulse), pulse, static _ => { })
            .Where(static found => found.State.EndedAt is null)
            .Select(found => found.State with { LastActivity = ActiveAt(found, now) })
            .Where(state => now - state.LastActivity <= settings.UploadStateMaxAge)));
    }

    private DateTimeOffset ActiveAt(StoredJob job, DateTimeOffset now) =>
        job.State.LastActivity <= now ? job.State.LastActivity : _files.Stat(job.Path) is { } facts && facts.Modified < now ? facts.Modified : now;

    // As a count finds it: records, indexes twice, because one is written beside the other, what was cut off, and what is reserved.
    private long Others(OperationPulse pulse) =>
        layers.Sum(layer => (2 * IndexSnapshot.BytesOf(layer)) + DiskUsage.Of(Path.Combine(layer.Root, "partials"), pulse, _files))
        + new[] { Path.Combine(layers[0].Root, "keys"), Path.Combine(layers[0].Root, "facts"), Path.Combine(layers[0].Root, "ahead"), uploads.Root, history.Root, quota.Root }.Sum(directory => DiskUsage.Of(directory, pulse, _files))
        + new SpaceLooks(quota, settings).Look().ReservedBytes;

    private ulong DeviceOf(LayerDirectory layer) => _files.DeviceOf(layer.Root) ?? 0;
}
