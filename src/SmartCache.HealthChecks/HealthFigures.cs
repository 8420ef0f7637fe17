namespace SmartCache.HealthChecks;

/// <summary>The figures of a result, by stable names. No path, key or URL is among them.</summary>
internal static class HealthFigures
{
    /// <param name="state">The state.</param>
    /// <param name="rules">Knows the window.</param>
    /// <param name="findings">What was found.</param>
    public static IReadOnlyDictionary<string, object> Of(CacheState state, HealthRules rules, IReadOnlyCollection<HealthFinding> findings)
    {
        var figures = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["findings"] = string.Join(' ', findings.Select(static finding => finding.Code).Distinct()),
            ["enabled"] = state.IsEnabled,
            ["cleanup_age_seconds"] = (long)state.SinceCleanup.TotalSeconds,
        };
        Add("space_used_bytes", state.Space?.UsedBytes);
        Add("space_reserved_bytes", state.Space?.ReservedBytes);
        Add("space_limit_bytes", state.Space?.LimitBytes);
        Add("space_needed_bytes", state.NeededBytes);
        if (state.Remote is { } remote)
        {
            figures["remote_reads_rest"] = remote.ReadsRest;
            figures["remote_writes_rest"] = remote.WritesRest;
            figures["remote_owed_entries"] = remote.OwedEntries;
            figures["remote_oldest_owed_seconds"] = (long)remote.OldestOwed.TotalSeconds;
            figures["remote_dropped"] = rules.Dropped;
        }

        foreach (var layer in state.Layers)
        {
            figures[layer.Name + "_state"] = layer.Condition.ToString();
            figures[layer.Name + "_reason"] = layer.Reason.ToString();
            figures[layer.Name + "_faults"] = rules.Since(layer, static one => one.Faults);
            Add(layer.Name + "_entries", layer.Entries);
            Add(layer.Name + "_disk_free_bytes", layer.Disk?.FreeBytes);
            Add(layer.Name + "_disk_floor_bytes", layer.Disk?.FloorBytes);
            Add(layer.Name + "_disk_free_inodes", layer.Disk is { FloorInodes: > 0 } ? layer.Disk.FreeInodes : null);
            Add(layer.Name + "_disk_floor_inodes", layer.Disk is { FloorInodes: > 0 } ? layer.Disk.FloorInodes : null);
            if (layer.Name != "quota")
            {
                figures[layer.Name + "_quarantined"] = rules.Since(layer, static one => one.Quarantined);
                figures[layer.Name + "_retries_spared"] = rules.Since(layer, static one => one.Retries.Hits + one.Retries.Joined);
                figures[layer.Name + "_retries_missed"] = rules.Since(layer, static one => one.Retries.Misses);
            }
        }

        return figures;

        void Add(string name, long? value)
        {
            if (value is { } known)
            {
                figures[name] = known;
            }
        }
    }
}
