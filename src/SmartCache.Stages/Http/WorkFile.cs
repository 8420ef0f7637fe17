using System.Diagnostics.CodeAnalysis;
using System.Net.Http.Headers;

namespace SmartCache.Stages.Http;

/// <summary>
/// The file that one attempt writes into, under a name of its own. It is bound to one version of one source for its life:
/// a restart is a new file. So even where locks do not work and two attempts hold the same file,
/// both write the same bytes to the same places.
/// </summary>
internal sealed class WorkFile : IDisposable
{
    private const string Suffix = ".work";

    // What is left of 255 bytes for the given name: a dot, 32 digits and the suffix follow, and to that the sidecar adds its own.
    private const int MostOfName = 175;

    private FileStream? _stream;

    private WorkFile(string path, FileStream stream, PartialClaims? claims)
    {
        Path = path;
        _stream = stream;
        Claims = claims;
    }

    public string Path { get; }

    /// <summary>What it can be continued by; <see langword="null"/>: it cannot be.</summary>
    public PartialClaims? Claims { get; }

    public FileStream Stream => _stream ?? throw new ObjectDisposedException(nameof(WorkFile));

    /// <param name="prefix">Path that its name begins with.</param>
    /// <param name="claims">What it can be continued by.</param>
    /// <param name="survives">Whether a later process may find it: then it gets a sidecar now, because SIGKILL leaves no time for one.</param>
    public static WorkFile Create(string prefix, PartialClaims? claims, bool survives)
    {
        var path = NewPath(prefix);
        var stream = new FileStream(path, Options(FileMode.CreateNew));
        if (survives && claims is not null)
            PartialSidecar.Write(path, claims with { Boot = PartialSidecar.Boot });
        return new WorkFile(path, stream, claims);
    }

    /// <summary>Takes what an earlier attempt put back at <paramref name="partial"/>, or what a killed one left beside it.</summary>
    public static WorkFile? Take(string partial, string identity)
    {
        try
        {
            return TakePutBack(partial, identity) ?? TakeOrphan(partial, identity);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Leaves the file at <paramref name="partial"/> for a later attempt.</summary>
    public void PutBack(string partial)
    {
        if (_stream is null)
        {
            Discard();
            return;
        }

        try
        {
            // Where nothing tells a later process that the machine did not go down in between, only flushed bytes are safe.
            var flushed = PartialSidecar.Boot is null;
            Stream.Flush(flushed);
            var length = Stream.Length;
            if (Claims is null || length == 0 || new FileInfo(partial) is { Exists: true } other && other.Length >= length)
            {
                Discard();
                return;
            }

            var claims = Claims with
            {
                Boot = PartialSidecar.Boot,
                Flushed = flushed,
                Length = length,
                ModifiedTicks = File.GetLastWriteTimeUtc(Path).Ticks,
            };
            if (!PartialSidecar.Write(partial, claims))
            {
                Discard();
                return;
            }

            CloseWhereOpenFilesCannotMove();
            File.Move(Path, partial, overwrite: true);
            PartialSidecar.Delete(PartialSidecar.PathOf(Path));
            Dispose();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Discard();
        }
    }

    /// <summary>Makes the file <paramref name="destination"/>, in one step and replacing what is there.</summary>
    public void Publish(string destination)
    {
        CloseWhereOpenFilesCannotMove();
        if (System.IO.Path.GetDirectoryName(Path) == System.IO.Path.GetDirectoryName(destination))
        {
            // Still locked, so that nobody takes it for an orphan between closing and renaming.
            File.Move(Path, destination, overwrite: true);
        }
        else
        {
            // Perhaps another file system, where a move is a copy: not to be seen under the destination's name before it is whole.
            // Out of the orphans' pattern first, because the copy needs the file unlocked.
            var finished = System.IO.Path.ChangeExtension(Path, ".done");
            var beside = NewPath(destination);
            try
            {
                File.Move(Path, finished);
                Dispose();
                File.Move(finished, beside);
                File.Move(beside, destination, overwrite: true);
            }
            catch
            {
                BringBack(File.Exists(finished) ? finished : beside);
                PartialSidecar.Delete(finished);
                PartialSidecar.Delete(beside);
                throw;
            }
        }

        PartialSidecar.Delete(PartialSidecar.PathOf(Path));
        Dispose();
    }

    public void Discard()
    {
        Dispose();
        PartialSidecar.Delete(Path);
        PartialSidecar.Delete(PartialSidecar.PathOf(Path));
    }

    public void Dispose() => Interlocked.Exchange(ref _stream, null)?.Dispose();

    // What could not be published is whole all the same: the next attempt need not fetch it again.
    private void BringBack(string whole)
    {
        try
        {
            File.Move(whole, Path);
            _stream ??= new FileStream(Path, Options(FileMode.Open));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It is fetched again. The caller learns of the first fault, not of this one.
        }
    }

    private static WorkFile? TakePutBack(string partial, string identity)
    {
        if (!File.Exists(partial))
            return null;

        var path = NewPath(partial);
        var claims = PartialSidecar.Read(partial);
        File.Move(partial, path);
        PartialSidecar.Delete(PartialSidecar.PathOf(partial));
        var file = new FileInfo(path);
        if (!IsUsable(claims, identity) || claims.Length != file.Length || claims.ModifiedTicks != file.LastWriteTimeUtc.Ticks)
        {
            PartialSidecar.Delete(path);
            return null;
        }

        return new WorkFile(path, Adopt(path, claims), claims);
    }

    // The lock is the sign that the writer is gone; SIGKILL frees it. Where locks do not work two attempts may share the file:
    // see the remark at the head for why that costs one of them its result, and never the bytes.
    private static WorkFile? TakeOrphan(string partial, string identity)
    {
        var directory = System.IO.Path.GetDirectoryName(partial)!;
        if (!Directory.Exists(directory))
            return null;

        foreach (var orphan in Directory.EnumerateFiles(directory, $"{System.IO.Path.GetFileName(NearName.Of(partial, MostOfName))}.*{Suffix}"))
        {
            var claims = PartialSidecar.Read(orphan);
            if (!IsUsable(claims, identity))
                continue;

            FileStream? stream = null;
            try
            {
                stream = new FileStream(orphan, Options(FileMode.Open));
                if (stream.Length == 0)
                    continue;
                if (OperatingSystem.IsWindows())
                    stream.Dispose();
                var path = NewPath(partial);
                File.Move(orphan, path);
                PartialSidecar.Delete(PartialSidecar.PathOf(orphan));
                PartialSidecar.Write(path, claims with { Flushed = false });
                if (OperatingSystem.IsWindows())
                    stream = new FileStream(path, Options(FileMode.Open));
                var taken = new WorkFile(path, stream, claims);
                stream = null;
                return taken;
            }
            catch (IOException)
            {
                // Somebody writes into it, or was faster.
            }
            finally
            {
                stream?.Dispose();
            }
        }

        return null;
    }

    private static bool IsUsable([NotNullWhen(true)] PartialClaims? claims, string identity) =>
        claims is { Version: PartialClaims.CurrentVersion, Total: > 0 }
        && claims.Identity == identity
        && (claims.EntityTag is null || EntityTagHeaderValue.TryParse(claims.EntityTag, out var tag) && !tag.IsWeak)
        && (claims.Flushed || claims.Boot is not null && claims.Boot == PartialSidecar.Boot);

    private static FileStream Adopt(string path, PartialClaims claims)
    {
        PartialSidecar.Write(path, claims with { Flushed = false });
        return new FileStream(path, Options(FileMode.Open));
    }

    private static FileStreamOptions Options(FileMode mode) => new()
    {
        Mode = mode,
        Access = FileAccess.ReadWrite,
        Share = FileShare.None,
        BufferSize = 0,
        Options = FileOptions.Asynchronous,
    };

    private static string NewPath(string prefix) => $"{NearName.Of(prefix, MostOfName)}.{Guid.NewGuid():N}{Suffix}";

    private void CloseWhereOpenFilesCannotMove()
    {
        if (OperatingSystem.IsWindows())
            Dispose();
    }
}
