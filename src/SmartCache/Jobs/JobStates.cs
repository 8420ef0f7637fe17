using System.Text.Json;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Jobs;

/// <summary>
/// The files <c>uploads/{safe job name}.json</c>. Whoever changes one holds its lock, reads, and replaces it as a whole; a file that a newer version
/// wrote stays as it is. Not flushed: after a power cut the state before the last change is there, and it is a view.
/// </summary>
internal sealed class JobStates(LayerDirectory layer)
{
    private const int MaxBytes = 1 << 20;
    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(2);

    /// <summary>The state of a job; <see langword="null"/> where there is none that this version can read.</summary>
    public JobFile? Read(string jobId) =>
        ReadFile(PathOf(SafeJobName.Of(jobId)), out _) is { } state && state.JobId == SafeJobName.ForStorage(jobId) ? state : null;

    /// <summary>The files, as they come. Nothing is read: there may be very many.</summary>
    public IEnumerable<string> Paths(OperationPulse pulse)
    {
        foreach (var path in FileSystem.ListOrNone(() => layer.FileSystem.ListFiles(layer.Root, "*.json")).Where(static path => OwnNames.IsJobFile(Path.GetFileName(path))))
        {
            pulse.Beat();
            yield return path;
        }
    }

    /// <summary>The states in these files, one at a time. One that cannot be read does not hide the others.</summary>
    public IEnumerable<StoredJob> ReadAll(IEnumerable<string> paths, OperationPulse pulse, Action<Exception> unread)
    {
        foreach (var path in paths)
        {
            pulse.Beat();
            if (TryReadFile(path, unread) is { JobId.Length: > 0 } state)
            {
                yield return new StoredJob(path, state);
            }
        }
    }

    /// <summary>Changes one state; <paramref name="change"/> gets what is there and gives what shall be there, or <see langword="null"/> for no change.</summary>
    /// <returns>What is there now; <see langword="null"/> where a newer version's file was left alone.</returns>
    public JobFile? Change(string jobId, Func<JobFile, JobFile?> change, OperationPulse pulse)
    {
        var name = SafeJobName.Of(jobId);
        var path = PathOf(name);
        using var turn = layer.TakeTurn("job-" + name, LockPatience, pulse);
        var found = ReadFile(path, out var isNewer);
        if (isNewer)
        {
            return null;
        }

        // Corrupt, or by an odd chance another job's: the view begins anew.
        var id = SafeJobName.ForStorage(jobId);
        var before = found is not null && found.JobId == id ? found : new JobFile { JobId = id };
        if (change(before) is not { } after)
        {
            return before;
        }

        StateFile.Replace(layer, path, JsonSerializer.SerializeToUtf8Bytes(after, JobJson.Default.JobFile), flush: false);
        return after;
    }

    /// <summary>
    /// Deletes one state unless <paramref name="keep"/> says, under the lock, that it has to stay. Takes the safe name: a long id is not stored whole,
    /// so that a state does not lead back to its file.
    /// </summary>
    public bool Delete(string name, Func<JobFile, bool> keep, OperationPulse pulse)
    {
        var path = PathOf(name);
        using var turn = layer.TakeTurn("job-" + name, LockPatience, pulse);
        var exists = layer.FileSystem.Stat(path) is { Kind: FileKind.Regular };
        var state = ReadFile(path, out var isNewer);
        if (!exists || isNewer || (state is not null && keep(state)))
        {
            return false;
        }

        layer.FileSystem.Delete(path);
        return true;
    }

    private string PathOf(string name) => Path.Combine(layer.Root, name + ".json");

    private JobFile? TryReadFile(string path, Action<Exception> unread)
    {
        try
        {
            return ReadFile(path, out _);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            unread(exception);
            return null;
        }
    }

    private JobFile? ReadFile(string path, out bool isNewer)
    {
        isNewer = false;
        if (BoundedFile.Read(layer.FileSystem, path, MaxBytes) is not { } content)
        {
            return null;
        }

        try
        {
            var state = JsonSerializer.Deserialize(content, JobJson.Default.JobFile);
            isNewer = state?.FormatVersion > JobFile.CurrentVersion;
            return isNewer ? null : Complete(state);
        }
        catch (JsonException)
        {
            isNewer = IsNewer(content);
            return null;
        }
    }

    /// <summary>In a newer file every field but the version may mean something else, so that it is no state to this version.</summary>
    private static bool IsNewer(byte[] content)
    {
        try
        {
            return JsonSerializer.Deserialize(content, JobJson.Default.JobFileVersion)?.FormatVersion > JobFile.CurrentVersion;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>An explicit null in the file is as good as nothing, also as an element.</summary>
    private static JobFile? Complete(JobFile? state) => state is null ? null : state with
    {
        JobId = state.JobId ?? "",
        SourceHashes = WithoutNulls(state.SourceHashes),
        ProfileHashes = WithoutNulls(state.ProfileHashes),
        Announced = state.Announced is null ? null : WithoutNulls(state.Announced),
        Profiles = (state.Profiles ?? new Dictionary<string, ProfileUploadState>()).Where(static pair => pair.Value is not null).ToDictionary(StringComparer.Ordinal),
        Errors = WithoutNulls(state.Errors),
        SecondsSpent = double.IsFinite(state.SecondsSpent) && state.SecondsSpent > 0 ? state.SecondsSpent : 0,
    };

    private static List<string> WithoutNulls(IReadOnlyList<string>? values) => values is null ? [] : [.. values.Where(static value => value is not null)];
}
