using System.Globalization;
using System.Text;
using SmartCache.Layers;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Remote;

/// <summary>
/// Lets a store rest that has failed, for all processes of the host: <c>remote/breaker-reads</c> or <c>-writes</c> is there as long as it rests, so that a process that
/// starts now knows at once. After the first fault no job waits for the store any more: somebody who holds nobody up asks it again, three times soon and then once in
/// <c>RestTime</c>, and the first answer ends the rest.
/// </summary>
/// <param name="name"><c>reads</c> or <c>writes</c>: a store that is full answers reads as ever.</param>
/// <param name="layer">Where the file lies.</param>
/// <param name="probe">Asks the store something small; throws where it does not answer.</param>
/// <param name="said">Is told of each beginning (with the fault) and end of a rest.</param>
internal sealed class Breaker(string name, LayerAccess layer, Func<CancellationToken, Task> probe, Action<string, ObjectStoreFault?> said) : IDisposable
{
    private const int MaxBytes = 16;
    private const int SoonProbes = 2;
    private const int MostQuickEnds = 3;
    private static readonly TimeSpan SoonPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan DeniedPause = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    /// <summary>The directions.</summary>
    public const string OfReads = "reads";
    public const string OfWrites = "writes";

    private readonly CancellationTokenSource _stopping = new();
    private readonly string _path = PathOf(layer.Directory.Root, name);
    private int _rests;
    private int _quickEnds;
    private long _endedAt = long.MinValue;
    private int _probing;
    private bool _isNoted;
    private CancellationTokenSource _rest = new();
    private long _lookedAt = long.MinValue;

    /// <summary>Whether it rests, as far as this process knows without a look at the disk.</summary>
    public bool Rests => Volatile.Read(ref _rests) == 1;

    public string Name => name;

    /// <summary>Whether the store is to be left alone. Looks at the disk at most once a second.</summary>
    public async ValueTask<bool> IsRestingAsync(CancellationToken cancellationToken)
    {
        var now = layer.Time.GetTimestamp();
        if (Volatile.Read(ref _lookedAt) is var last && (last == long.MinValue || layer.Time.GetElapsedTime(last, now) >= LookInterval))
        {
            Volatile.Write(ref _lookedAt, now);
            var others = await layer.Boundary.AttemptAsync("look at the breaker", Rests, _ => layer.Files.FileExists(_path), cancellationToken).ConfigureAwait(false);
            if (others && (Interlocked.Exchange(ref _rests, 1) == 0 || Volatile.Read(ref _probing) == 0))
            {
                StartProbing(null);
            }
            else if (!others && (Volatile.Read(ref _probing) == 0 || Volatile.Read(ref _isNoted)))
            {
                // Another process was answered: what this one waits for before it asks itself is over.
                End();
            }
        }

        return Rests;
    }

    /// <summary>What the host's processes have noted of a rest; <see langword="null"/> where there is none. Begins nothing.</summary>
    public ValueTask<RemoteRest?> ReadAsync(CancellationToken cancellationToken) => layer.Boundary.AttemptAsync<RemoteRest?>(
        "look at the breaker",
        null,
        _ => Read(layer.Files, layer.Directory.Root, name),
        cancellationToken);

    /// <inheritdoc cref="ReadAsync"/>
    public static RemoteRest? Read(FileSystem files, string root, string name) => files.Stat(PathOf(root, name)) is not { } facts ? null : new RemoteRest
    {
        LastFailure = facts.Modified,
        Failures = BoundedFile.Read(files, PathOf(root, name), MaxBytes) is { } bytes && int.TryParse(bytes, CultureInfo.InvariantCulture, out var failures) ? failures : 0,
    };

    /// <summary>The store failed: it rests from now on.</summary>
    public void Failed(ObjectStoreFault fault)
    {
        if (Interlocked.Exchange(ref _rests, 1) == 0)
        {
            said(name, fault);
        }

        StartProbing(fault);
    }

    public void Dispose()
    {
        _stopping.Cancel();
        Volatile.Read(ref _rest).Cancel();
    }

    private static string PathOf(string root, string name) => Path.Combine(root, "breaker-" + name);

    private void StartProbing(ObjectStoreFault? fault)
    {
        if (Interlocked.Exchange(ref _probing, 1) == 0)
        {
            // Who has no fault of its own has seen the file.
            Volatile.Write(ref _isNoted, fault is null);

            // Not linked to the end of the process: that would keep each of them until then.
            var rest = new CancellationTokenSource();
            Volatile.Write(ref _rest, rest);
            if (_stopping.IsCancellationRequested)
            {
                rest.Cancel();
            }

            _ = Task.Run(() => ProbeAsync(fault, rest.Token));
        }
    }

    private async Task ProbeAsync(ObjectStoreFault? fault, CancellationToken stopping)
    {
        try
        {
            // Only whoever asked itself says when: a process that renews the file because it saw it fresh keeps the others from asking, and they keep it.
            var hasAsked = fault is not null;
            for (var failures = 1; ; failures++)
            {
                if (hasAsked && !IsOwn(fault))
                {
                    Volatile.Write(ref _isNoted, await WriteAsync(failures, stopping).ConfigureAwait(false));
                }

                await Task.Delay(hasAsked ? PauseAfter(failures, fault) : await LeftAsync(stopping).ConfigureAwait(false), layer.Time, stopping).ConfigureAwait(false);
                var age = IsSoon(failures, fault) ? TimeSpan.MaxValue : await AgeAsync(stopping).ConfigureAwait(false);
                if (age is null && Volatile.Read(ref _isNoted))
                {
                    // Another process asked and was answered.
                    End();
                    return;
                }

                hasAsked = age is not { } known || known < TimeSpan.Zero || known >= layer.Settings.Current.Remote.RestTime / 2;
                if (hasAsked && (fault = await AskAsync(stopping).ConfigureAwait(false)) is null)
                {
                    await DeleteAsync(stopping).ConfigureAwait(false);
                    End();
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The rest is over, or the process ends: the next one that finds the file asks.
        }
        finally
        {
            Volatile.Write(ref _probing, 0);
        }
    }

    private TimeSpan PauseAfter(int failures, ObjectStoreFault? fault) =>
        IsOwn(fault) ? DeniedPause
        : IsSoon(failures, fault) ? SoonPause
        : layer.Settings.Current.Remote.RestTime;

    /// <summary>
    /// How long until the process that asked last should have asked again, and some more: as long as it lives, it alone asks. Those that wait for it wake one after the other.
    /// </summary>
    private async ValueTask<TimeSpan> LeftAsync(CancellationToken stopping)
    {
        var remote = layer.Settings.Current.Remote;
        var (rest, question) = (remote.RestTime, 2 * remote.LookupTimeout);
        var most = rest + (question > rest / 8 ? question : rest / 8);
        var age = await AgeAsync(stopping).ConfigureAwait(false) ?? TimeSpan.MaxValue;
        return (age < TimeSpan.Zero ? rest : age < most ? most - age : TimeSpan.Zero) + (Random.Shared.NextDouble() * rest / 8);
    }

    // A fault of this process's own may have been one of a moment.
    private bool IsSoon(int failures, ObjectStoreFault? fault) => fault is not null && !IsOwn(fault) && failures <= SoonProbes && Volatile.Read(ref _quickEnds) < MostQuickEnds;

    /// <summary>It is this process's credentials or settings: others of the host may have better ones, and are not told.</summary>
    private static bool IsOwn(ObjectStoreFault? fault) => fault is ObjectStoreFault.Denied or ObjectStoreFault.Misconfigured;

    // A store that answers small questions and fails at something else would rest and be well again several times a second.
    private void NoteEnd()
    {
        var now = layer.Time.GetTimestamp();
        var last = Interlocked.Exchange(ref _endedAt, now);
        Volatile.Write(ref _quickEnds, last != long.MinValue && layer.Time.GetElapsedTime(last, now) < layer.Settings.Current.Remote.RestTime ? Volatile.Read(ref _quickEnds) + 1 : 0);
    }

    /// <returns>What went wrong; <see langword="null"/> where it answers.</returns>
    private async Task<ObjectStoreFault?> AskAsync(CancellationToken stopping)
    {
        try
        {
            await probe(stopping).ConfigureAwait(false);
            return null;
        }
        catch (Exception exception) when (!stopping.IsCancellationRequested)
        {
            return exception is ObjectStoreException { Fault: var known } ? known : ObjectStoreFault.Unavailable;
        }
    }

    /// <summary>How long ago a process of this host asked last, and got no answer; <see langword="null"/> where one did, and the file is gone.</summary>
    private ValueTask<TimeSpan?> AgeAsync(CancellationToken stopping) => layer.Boundary.AttemptAsync<TimeSpan?>(
        "look at the breaker",
        TimeSpan.MaxValue,
        _ => layer.Files.Stat(_path) is { } facts ? layer.Time.GetUtcNow() - facts.Modified : null,
        stopping);

    private ValueTask<bool> DeleteAsync(CancellationToken stopping) => layer.Boundary.AttemptAsync(
        "end a rest",
        false,
        _ =>
        {
            layer.Files.Delete(_path);
            return true;
        },
        stopping);

    private void End()
    {
        if (Interlocked.Exchange(ref _rests, 0) == 1)
        {
            NoteEnd();
            Volatile.Read(ref _rest).Cancel();
            said(name, null);
        }
    }

    private ValueTask<bool> WriteAsync(int failures, CancellationToken stopping) => layer.Boundary.AttemptAsync(
        "note a rest",
        false,
        _ =>
        {
            StateFile.Replace(layer.Directory, _path, Encoding.ASCII.GetBytes(failures.ToString(CultureInfo.InvariantCulture)), flush: false);

            // By the clock it is compared with.
            layer.Files.SetModified(_path, layer.Time.GetUtcNow());
            return true;
        },
        stopping);
}
