using System.Globalization;
using Microsoft.Extensions.Logging;
using SmartCache.Abstractions;
using SmartCache.Configuration;
using SmartCache.Layers;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Maintenance;

/// <summary>
/// Says once, at start, when the cache cannot do its work: which layers are out and why, as whom the worker runs, and whose the directories are. The same faults
/// are not said again by the first operations that meet them.
/// </summary>
internal sealed class StateAtStart(
    IReadOnlyList<LayerDirectory> layers, LayerDirectory accounts, FaultLog faults, ICacheSettingsSource settings, TimeProvider time, ILogger logger)
{
    private FileSystem Files => accounts.FileSystem;

    public async Task SayAsync(CancellationToken cancellationToken)
    {
        var current = settings.Current;
        if (!current.Enabled)
        {
            return;
        }

        var marker = Path.Combine(current.Root, "DISABLED");
        var disabled = await AttemptAsync(() => new Answer { Result = Files.FileExists(marker) }, cancellationToken).ConfigureAwait(false);
        if (disabled.Result)
        {
            MaintenanceLog.DisabledByMarker(logger, marker);
            return;
        }

        var states = new List<string>();
        var owners = new List<string>();
        foreach (var directory in layers.Append(accounts))
        {
            if (ModeOf(directory, current) == LayerMode.Off)
            {
                states.Add(directory.Name + " is off");
                continue;
            }

            var opened = await AttemptAsync(() => Open(directory), cancellationToken).ConfigureAwait(false);
            states.Add(directory.Name + (opened.Failure is { } failure ? $" is out ({failure.GetType().Name}: {failure.Message})" : " is usable"));
            if (opened.Failure is { } reason)
            {
                faults.Told(directory.Name, FaultLog.Opening, reason);
                owners.Add(reason is TimeoutException ? $"{directory.Root} does not answer" : opened.Owner ?? "");
            }
        }

        if (owners.Count > 0)
        {
            MaintenanceLog.LayersOut(
                logger, string.Join(", ", states), Files.User?.ToString(CultureInfo.InvariantCulture) ?? "-", string.Join(", ", owners.Where(static owner => owner.Length > 0).Distinct()));
        }
    }

    private static LayerMode ModeOf(LayerDirectory directory, CacheSettings current) => directory.Name switch
    {
        "sources" => current.SourcesMode,
        "profiles" => current.ProfilesMode,
        "uploads" => current.UploadsMode,
        _ => LayerMode.On,
    };

    private Answer Open(LayerDirectory directory)
    {
        try
        {
            directory.EnsureOpen();
            return default;
        }
        catch (Exception exception)
        {
            return new Answer { Failure = exception, Owner = OwnerOf(directory.Root) };
        }
    }

    /// <summary>The nearest directory that is there: its rights decide.</summary>
    private string? OwnerOf(string path)
    {
        try
        {
            for (var at = path; at is not null; at = Path.GetDirectoryName(at))
            {
                if (Files.Stat(at) is { } found)
                {
                    return found.Owner is { } owner
                        ? string.Create(CultureInfo.InvariantCulture, $"{at} belongs to uid {owner}, mode {Convert.ToString((int)found.Mode, 8).PadLeft(4, '0')}")
                        : null;
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Then the fault itself is all that can be said.
        }

        return null;
    }

    /// <summary>With a limit: a disk that hangs must not hang what comes after this.</summary>
    private async Task<Answer> AttemptAsync(Func<Answer> look, CancellationToken cancellationToken)
    {
        try
        {
            return await Task.Run(look, cancellationToken).WaitAsync(settings.Current.OperationTimeout, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException exception)
        {
            return new Answer { Failure = exception };
        }
    }

    private readonly record struct Answer(bool Result, Exception? Failure, string? Owner);
}
