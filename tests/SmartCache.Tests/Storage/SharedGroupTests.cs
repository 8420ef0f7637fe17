using System.Diagnostics;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Storage;

/// <summary>Workers under two users with one group, in a directory that gives its group on: <c>DirectoryMode=0770</c> in a directory of mode 2770.</summary>
[Trait("Found", "M25")]
public class SharedGroupTests
{
    private const int Group = 20_000;
    private const int One = 20_001;
    private const int Other = 20_002;

    [MountFact("setpriv")]
    public async Task Second_user_of_the_group_hits_stores_and_cleans_up()
    {
        using var place = new Place();

        (await place.RunAsync(One, "022", "http://a.test/1")).Should().Be("Miss Miss");
        (await place.RunAsync(Other, "022", "http://a.test/1")).Should().Be("Hit Hit");
        (await place.RunAsync(Other, "022", "http://a.test/2")).Should().Be("Miss Miss");
        (await place.RunAsync(One, "022", "http://a.test/2")).Should().Be("Hit Hit");

        place.Find("-not", "-group", $"{Group}", "-not", "-name", "source.mp4", "-not", "-path", "*/files/*").Should().BeEmpty("the group is the directory's, not the user's");
    }

    [MountTheory("setpriv")]
    [InlineData("022")]
    [InlineData("077")]
    [InlineData("000")]
    public async Task Bits_that_a_directory_inherits_stay_and_files_follow_the_mode_whatever_the_umask(string umask)
    {
        using var place = new Place();

        (await place.RunAsync(One, umask, "http://a.test/1")).Should().Be("Miss Miss");

        place.Find("-type", "d", "-not", "-perm", "2770").Should().BeEmpty();
        place.Find("-type", "f", "-not", "-perm", "0660", "-not", "-name", "source.mp4", "-not", "-path", "*/files/*").Should().BeEmpty("only linked files keep the worker's mode");
        foreach (var kind in new[] { "CACHEDIR.TAG", "manifest.json", "*.journal", "account.json", "metadata.json", "writer-*", "*.events" })
        {
            place.Find("-type", "f", "-name", kind).Should().NotBeEmpty("{0} is among those looked at", kind);
        }

        place.Find("-path", "*/keys/*.json").Should().NotBeEmpty();
    }

    private sealed class Place : IDisposable
    {
        private readonly string _root = Directory.CreateTempSubdirectory("smartcache-test-").FullName;

        public Place()
        {
            Mount.Run("chmod", "755", _root);
            foreach (var user in new[] { One, Other })
            {
                Directory.CreateDirectory(Work(user));
                Mount.Run("chown", $"{user}:{user}", Work(user));
            }

            Directory.CreateDirectory(Cache);
            Mount.Run("chgrp", $"{Group}", Cache);
            Mount.Run("chmod", "2770", Cache);
        }

        private string Cache => Path.Combine(_root, "cache");

        public async Task<string?> RunAsync(int user, string umask, string url)
        {
            // Not ended in good order: what measures coverage cannot write its file as that user, and aborts the process at its end.
            using var worker = StorageWorker.StartAs(user, Group, umask, "group-job", Cache, Work(user), url);
            var line = await worker.ReadLineAsync();
            await worker.KillAsync();
            return line;
        }

        public string[] Find(params string[] tests)
        {
            using var find = Process.Start(new ProcessStartInfo("find", [Cache, .. tests]) { RedirectStandardOutput = true })!;
            var found = find.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
            find.WaitForExit();
            return found;
        }

        public void Dispose() => Directory.Delete(_root, recursive: true);

        private string Work(int user) => Path.Combine(_root, $"work-{user}");
    }
}
