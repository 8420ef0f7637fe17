using System.Globalization;
using SmartCache.Remote;
using SmartCache.Storage;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Remote;

/// <summary>Packs: what is right comes through byte for byte, and nothing else leaves anything behind.</summary>
public class PackTests
{
    private const string Hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    public static TheoryData<string> WrongHeaders =>
    [
        Header("../outside.bin"), Header("/tmp/outside.bin"), Header("a/../../outside.bin"), Header("a\\b"), Header(""), Header("a//b"), Header("manifest.json"),
        Header("a", "a"), Header("a", "a/b"), Header("a/b/c", "a/b"),
        Header("a").Replace("\"length\":0", "\"length\":-1", StringComparison.Ordinal),
        Header("a").Replace("\"length\":0", "\"length\":9223372036854775807", StringComparison.Ordinal),
        Header("a", "b").Replace("\"length\":0", "\"length\":9223372036854775807", StringComparison.Ordinal),
        Header("a").Replace(Hash, "xyz", StringComparison.Ordinal),
        Header("a").Replace("\"costSeconds\":1", "\"costSeconds\":1e999", StringComparison.Ordinal),
        Header("a").Replace("\"costSeconds\":1", "\"costSeconds\":-1", StringComparison.Ordinal),
        Header("a").Replace("\"version\":1", "\"version\":0", StringComparison.Ordinal),
        Header(),
        "{}", "[]", "null", "\"x\"", "{\"version\":1}", "{\"version\":1,\"content\":null}", "{\"version\":1,\"content\":{\"files\":[null]}}", "", "nonsense",
        new string('[', 100_000),
        Header("a").Replace("\"properties\":{}", "\"properties\":null", StringComparison.Ordinal),
    ];

    [Theory]
    [InlineData(1, 0, false)]
    [InlineData(1, 1, false)]
    [InlineData(1, 100_000, false)]
    [InlineData(7, 3_000, true)]
    [InlineData(1, (8 << 20) + 5, false)]
    [InlineData(40, 1 << 20, true)]
    [InlineData(1, 90 << 20, true)]
    [InlineData(1, 90 << 20, false)]
    [InlineData(3, 33 << 20, true)]
    [InlineData(3, 33 << 20, false)]
    public async Task Pack_comes_through_byte_for_byte(int files, int size, bool isSlow)
    {
        var time = new DrivenTime();
        await using var place = new PackPlace(isSlow ? SlowStore(time) : new MemoryObjectStore(), time);
        var contents = Enumerable.Range(0, files).Select(index => size == 0 ? [] : Bytes.Random(size, index + 1)).ToArray();
        var pack = Packs.Of(Packs.Content([.. contents.Select(static (bytes, index) => (string.Create(CultureInfo.InvariantCulture, $"d{index % 3}/{index}.ts"), bytes))]), contents);

        var fetched = await place.FetchAsync(pack);

        fetched.Result.Should().Be(RemoteResult.Found);
        for (var i = 0; i < files; i++)
        {
            Bytes.Sha256OfFile(Path.Combine(place.Directory, $"d{i % 3}", $"{i}.ts")).Should().Be(Bytes.Sha256(contents[i]));
        }

        place.Store.Requests.Should().HaveCount(Requests(pack.Length, isSlow));
        fetched.TakeBack();
        place.Written().Should().BeEmpty();
    }

    [Fact]
    public async Task What_lay_under_a_name_is_replaced_and_not_written_through()
    {
        await using var place = new PackPlace(new MemoryObjectStore());
        var precious = Path.Combine(place.Outside, "precious");
        await File.WriteAllTextAsync(precious, "precious");
        File.CreateSymbolicLink(Path.Combine(place.Directory, "a.ts"), precious);
        var bytes = Bytes.Random(1000);

        await place.FetchAsync(Packs.Of(Packs.Content(("a.ts", bytes)), bytes));

        (await File.ReadAllTextAsync(precious)).Should().Be("precious");
        (await File.ReadAllBytesAsync(Path.Combine(place.Directory, "a.ts"))).Should().Equal(bytes);
    }

    [Theory]
    [MemberData(nameof(WrongHeaders))]
    public async Task Wrong_header_is_a_miss_and_leaves_nothing(string json)
    {
        await using var place = new PackPlace(new MemoryObjectStore());
        var outside = Directory.GetFileSystemEntries(place.Outside);

        await FluentActions.Awaiting(() => place.FetchAsync(Packs.Sealed(json))).Should().ThrowAsync<WrongPackException>();

        place.Written().Should().BeEmpty();
        Directory.GetFileSystemEntries(place.Outside).Should().Equal(outside);
    }

    [Fact]
    public async Task Header_of_two_gigabytes_is_not_read()
    {
        await using var place = new PackPlace(new MemoryObjectStore());
        var pack = Packs.Of(Packs.Content(("a", [])));
        BitConverter.GetBytes(int.MaxValue).CopyTo(pack, 8);

        await FluentActions.Awaiting(() => place.FetchAsync(pack)).Should().ThrowAsync<WrongPackException>();
    }

    [Fact]
    public async Task Newer_version_is_no_wrong_one()
    {
        await using var place = new PackPlace(new MemoryObjectStore());

        (await place.FetchAsync(Packs.Newer())).Result.Should().Be(RemoteResult.Newer);
    }

    [Fact]
    public async Task Object_that_changes_while_it_is_read_is_told_from_a_wrong_one()
    {
        var store = new MemoryObjectStore();
        await using var place = new PackPlace(store);
        var bytes = Bytes.Random(20 << 20);
        var gets = 0;
        store.Before = (operation, name) =>
        {
            if (operation == "get" && ++gets == 2)
            {
                store[name] = Packs.Of(Packs.Content(("b", bytes)), bytes);
            }

            return Task.CompletedTask;
        };

        (await place.FetchAsync(Packs.Of(Packs.Content(("a", bytes)), bytes))).Result.Should().Be(RemoteResult.Refused);
        place.Written().Should().BeEmpty();
    }

    [Fact]
    public async Task Small_rest_is_asked_for_while_the_first_range_is_read()
    {
        var asked = new TaskCompletionSource();
        var gets = 0;
        var store = new MemoryObjectStore();
        store.Before = (operation, _) =>
        {
            if (operation == "get" && Interlocked.Increment(ref gets) == 2)
            {
                asked.SetResult();
            }

            return Task.CompletedTask;
        };
        store.Spoils = (_, body) => new PassingStream(body, after: async read => await (read > 4 << 20 ? asked.Task : Task.CompletedTask).Guarded());
        await using var place = new PackPlace(store);
        var bytes = Bytes.Random(20 << 20);

        (await place.FetchAsync(Packs.Of(Packs.Content(("a", bytes)), bytes))).Result.Should().Be(RemoteResult.Found);
    }

    [Fact]
    public async Task Answer_that_lay_unread_for_longer_than_engines_bear_is_asked_for_again()
    {
        var asked = new TaskCompletionSource();
        var gets = 0;
        var time = new DrivenTime();
        var store = new MemoryObjectStore
        {
            Spoils = (_, body) =>
            {
                if (Interlocked.Increment(ref gets) != 2)
                {
                    return new PassingStream(body, () => time.Advance(TimeSpan.FromMilliseconds(400)), async read => await (read > 4 << 20 ? asked.Task : Task.CompletedTask).Guarded());
                }

                asked.SetResult();
                return new SpoiledStream(body, cutAt: 0);
            },
        };
        await using var place = new PackPlace(store, time);
        var bytes = Bytes.Random(20 << 20);

        (await place.FetchAsync(Packs.Of(Packs.Content(("a", bytes)), bytes))).Result.Should().Be(RemoteResult.Found);
        store.Requests.Should().HaveCount(3);
    }

    [Fact]
    public async Task Connection_that_becomes_slow_is_followed_by_several()
    {
        var gets = 0;
        var time = new DrivenTime();
        var store = new MemoryObjectStore
        {
            Spoils = (_, body) => Interlocked.Increment(ref gets) == 2 ? new PassingStream(body, () => time.Advance(TimeSpan.FromMilliseconds(10))) : body,
        };
        await using var place = new PackPlace(store, time);
        var bytes = Bytes.Random((8 + 256 + 80) << 20);

        (await place.FetchAsync(Packs.Of(Packs.Content(("a", bytes)), bytes))).Result.Should().Be(RemoteResult.Found);
        store.Requests.Should().HaveCount(1 + 1 + 6, "80 MiB and a header are five ranges of 16 MiB and one more");
        Bytes.Sha256OfFile(Path.Combine(place.Directory, "a")).Should().Be(Bytes.Sha256(bytes));
    }

    [Fact]
    public async Task Rest_that_is_not_needed_any_more_is_closed()
    {
        var closed = new TaskCompletionSource();
        var gets = 0;
        var store = new MemoryObjectStore
        {
            Spoils = (_, body) => Interlocked.Increment(ref gets) == 1 ? new SpoiledStream(body, cutAt: 4 << 20) : new PassingStream(body, closed: closed.SetResult),
        };
        await using var place = new PackPlace(store);
        var bytes = Bytes.Random(20 << 20);

        (await place.FetchAsync(Packs.Of(Packs.Content(("a", bytes)), bytes))).Result.Should().Be(RemoteResult.Failed);

        await closed.Task.Guarded();
        place.Written().Should().BeEmpty();
    }

    [Fact]
    public async Task Failing_range_of_many_takes_everything_back()
    {
        var gets = 0;
        var time = new DrivenTime();
        var store = SlowStore(time, body => Interlocked.Increment(ref gets) == 4 ? new SpoiledStream(body, cutAt: 1 << 20) : body);
        await using var place = new PackPlace(store, time);
        var bytes = Bytes.Random(100 << 20);

        (await place.FetchAsync(Packs.Of(Packs.Content(("a", bytes)), bytes))).Result.Should().Be(RemoteResult.Failed);
        place.Written().Should().BeEmpty();
    }

    [Fact]
    public async Task Wrong_bit_in_a_range_that_came_out_of_order_is_found()
    {
        var gets = 0;
        var time = new DrivenTime();
        var store = SlowStore(time, body => Interlocked.Increment(ref gets) == 5 ? new SpoiledStream(body, flipAt: 3 << 20) : body);
        await using var place = new PackPlace(store, time);
        var bytes = Bytes.Random(100 << 20);

        await FluentActions.Awaiting(() => place.FetchAsync(Packs.Of(Packs.Content(("a", bytes)), bytes))).Should().ThrowAsync<WrongPackException>();
        place.Written().Should().BeEmpty();
    }

    [Fact]
    public async Task Body_gives_the_same_bytes_whatever_its_parts()
    {
        using var directory = new TemporaryFiles();
        var contents = new[] { Bytes.Random(1000, 1), [], Bytes.Random(1, 2), [], [], Bytes.Random(70_000, 3) };
        var content = Packs.Content([.. contents.Select(static (bytes, index) => ($"{index}", bytes))]);
        var files = contents.Select((bytes, index) => directory.Packed(content.Files[index], bytes)).ToList();
        var head = PackFormat.WriteHead(content);
        var body = new PackBody(head, files, SmartCache.Storage.Platform.FileSystem.Current);
        var whole = Packs.Of(content, contents);
        body.Length.Should().Be(whole.Length);

        foreach (var part in new[] { 1, 7, 1000, 65_536, whole.Length })
        {
            var got = new List<byte>();
            for (long at = 0; at < body.Length; at += part)
            {
                await using var stream = body.Open(at, Math.Min(part, body.Length - at));
                var buffer = new MemoryStream();
                await stream.CopyToAsync(buffer);
                got.AddRange(buffer.ToArray());
                if (part == 1 && at > 3000)
                {
                    break;
                }
            }

            got.Should().Equal(whole.Take(got.Count), $"in parts of {part}");
        }
    }

    /// <summary>Of which 256 KiB take ten milliseconds.</summary>
    private static MemoryObjectStore SlowStore(DrivenTime time, Func<Stream, Stream>? spoils = null) => new()
    {
        Spoils = (_, body) => new PassingStream(spoils?.Invoke(body) ?? body, () => time.Advance(TimeSpan.FromMilliseconds(10))),
    };

    // The first range, then the rest in one, or in ranges of 16 MiB.
    private static int Requests(long length, bool isSlow)
    {
        var rest = length - (8 << 20);
        return rest <= 0 ? 1 : rest <= 64 << 20 || !isSlow ? 2 : 1 + (int)((rest + (16 << 20) - 1) / (16 << 20));
    }

    private static string Header(params string[] paths) =>
        "{\"version\":1,\"content\":{\"created\":\"2026-01-01T00:00:00+00:00\",\"files\":["
        + string.Join(',', paths.Select(static path => $$"""{"path":"{{path.Replace("\\", "\\\\", StringComparison.Ordinal)}}","length":0,"sha256":"{{Hash}}"}"""))
        + "],\"key\":{\"content\":\"x\"},\"properties\":{},\"costSeconds\":1}}";

    private sealed class TemporaryFiles : IDisposable
    {
        private readonly string _directory = Directory.CreateTempSubdirectory("smartcache-test-").FullName;

        public PackedFile Packed(ManifestFile file, byte[] bytes)
        {
            var path = Path.Combine(_directory, file.Path);
            File.WriteAllBytes(path, bytes);
            var system = SmartCache.Storage.Platform.FileSystem.Current;
            return new PackedFile(file, path, system.Stat(path)!.Value, bytes.Length % 2 == 0 ? null : system.OpenRead(path));
        }

        public void Dispose() => Directory.Delete(_directory, recursive: true);
    }
}
