using System.IO.Enumeration;
using SmartCache.Diagnostics;
using SmartCache.Layers;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Uploads;

/// <summary>
/// Hashes a worker's tree. Regular files count; links are neither followed nor listed, wherever they lead, nor is what a killed encode left, and
/// directories count only through their files. Runs on the worker's own files, so its faults are the worker's to see.
/// </summary>
internal sealed class HashedTreeReader(FileSystem disk, ContentHasher hasher, TimeProvider time)
{
    private const int Tries = 3;
    private static readonly TimeSpan ReportInterval = TimeSpan.FromMilliseconds(200);

    /// <exception cref="IOException">The tree can't be read, or a file changes faster than it is read.</exception>
    /// <exception cref="UnauthorizedAccessException">The tree may not be read.</exception>
    public HashedTree Read(UploadRequest request, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        var root = Path.GetFullPath(request.Directory);
        var pulse = OperationPulse.Unwatched(cancellationToken);
        var passedBy = new List<string>();
        var found = new List<(string Path, FileFacts Facts)>();
        foreach (var (path, isPassedBy) in Enumerate(root))
        {
            pulse.Beat();
            var relative = Path.GetRelativePath(root, path).Replace(Path.DirectorySeparatorChar, '/');
            if (!isPassedBy && disk.Stat(path) is { Kind: FileKind.Regular } facts)
            {
                found.Add((relative, facts));
            }
            else
            {
                passedBy.Add(relative);
            }
        }

        found.Sort(static (one, other) => string.CompareOrdinal(one.Path, other.Path));
        var total = found.Sum(file => file.Facts.Length);
        var report = new Throttled(progress, total, time);
        var files = new List<UploadFile>(found.Count);
        var factsByPath = new Dictionary<string, FileFacts>(found.Count, StringComparer.Ordinal);
        var keys = new HashSet<ContentKey>();
        long done = 0;
        report.Report(0);
        foreach (var (path, _) in found)
        {
            var (hash, facts) = HashFile(Path.Combine(root, path), pulse);
            files.Add(new UploadFile { RelativePath = path, Length = facts.Length, Sha256 = hash });
            factsByPath[path] = facts;
            keys.Add(KeyOf(hash));
            done += facts.Length;
            report.Report(done);
        }

        return new HashedTree
        {
            FileSystem = disk,
            Directory = root,
            Files = files,
            Facts = factsByPath,
            FileKeys = keys,
            Length = done,
            PassedBy = passedBy,
            Hash = passedBy.Count == 0 && files.Count > 0 ? HashOf(files, 0) : null,
            Profiles = [.. request.Profiles.Select(profile => Place(profile, root, files, passedBy))],
        };
    }

    private IEnumerable<(string Path, bool IsPassedBy)> Enumerate(string root) => disk.Walk(
        root,
        new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0, IgnoreInaccessible = false },
        static (ref FileSystemEntry entry) => (entry.ToFullPath(), IsPassedBy(ref entry)),
        includes: static (ref FileSystemEntry entry) => !entry.IsDirectory || IsPassedBy(ref entry),
        enters: static (ref FileSystemEntry entry) => !IsPassedBy(ref entry));

    private static bool IsPassedBy(ref FileSystemEntry entry) =>
        entry.Attributes.HasFlag(FileAttributes.ReparsePoint) || (entry.IsDirectory && EncoderLeftover.Is(entry.FileName));

    private static TreeProfile Place(EncodedProfile profile, string root, List<UploadFile> files, List<string> passedBy)
    {
        var relative = Path.GetRelativePath(root, Path.GetFullPath(profile.Directory)).Replace(Path.DirectorySeparatorChar, '/');
        if (relative == ".." || relative.StartsWith("../", StringComparison.Ordinal) || Path.IsPathRooted(relative))
        {
            return new TreeProfile(profile.Name, null, profile.ContentHash, [], []);
        }

        var prefix = relative == "." ? "" : relative + "/";
        var below = files.Where(file => file.RelativePath.StartsWith(prefix, StringComparison.Ordinal)).ToList();

        // The directory's CID belongs to what an uploader sends of it, and what it makes of a link is not known. What a killed encode left is not sent.
        var isWhole = !passedBy.Exists(path => path.StartsWith(prefix, StringComparison.Ordinal) && !EncoderLeftover.Is(Path.GetFileName(path.AsSpan())));
        var hash = isWhole && below.Count > 0 ? HashOf(below, prefix.Length) : null;
        return new TreeProfile(profile.Name, relative, hash, below, [.. below.Select(file => KeyOf(file.Sha256))]);
    }

    private static string HashOf(List<UploadFile> files, int cut) =>
        TreeHash.Compute(files.Select(file => (file.RelativePath[cut..], file.Length, file.Sha256)));

    private static ContentKey KeyOf(string sha256) => ContentKey.TryParse(sha256, out var key) ? key : default;

    private (string Hash, FileFacts Facts) HashFile(string path, OperationPulse pulse)
    {
        for (var attempt = 0; attempt < Tries; attempt++)
        {
            if (disk.Stat(path) is { } seen && hasher.Recall(seen) is { } known)
            {
                return (known, seen);
            }

            // Waits until the file's time is a witness: a CID that is recorded later is one of these bytes only if a write since would show.
            if (hasher.HashFile(path, pulse, out var facts) is { } hash
                && disk.Stat(path) is { } after
                && after.IsSameAs(facts))
            {
                return (hash, facts);
            }
        }

        throw new IOException($"'{Path.GetFileName(path)}' changes while it is read.");
    }

    /// <summary>Ten thousand small files need no ten thousand reports.</summary>
    private sealed class Throttled(IProgress<StageProgress>? progress, long total, TimeProvider time)
    {
        private long? _last;

        public void Report(long done)
        {
            if (progress is null || (done < total && _last is { } last && time.GetElapsedTime(last) < ReportInterval))
            {
                return;
            }

            _last = time.GetTimestamp();
            progress.Tell(new StageProgress("hashing") { Bytes = done, TotalBytes = total, Fraction = total == 0 ? 1 : (double)done / total });
        }
    }
}
