using System.Diagnostics;
using System.Globalization;
using SmartCache.Configuration;

namespace SmartCache.Worker.Kills;

/// <summary>
/// Two workers encode the same profile with checkpoints while one of them, its ffmpeg or both are killed at random moments, and started again, until one has it.
/// Then: what it has is right, the other is given the same, and nothing is left of the parts. One cache after the other, until there were so many kills.
/// </summary>
internal sealed class EncodeKills(string kind, string directory, int kills, int seed)
{
    // Once a profile had so many deaths it is left alone, so that it ends.
    private const int MostOfRound = 8;

    private readonly Random _random = new(seed);
    private readonly string _source = Path.Combine(directory, "source.mp4");
    private readonly Dictionary<string, int> _struck = [];
    private readonly List<string> _violations = [];
    private double _whole;
    private MadeProfile? _right;
    private int _output;
    private int _differing;
    private int _pictures;

    private int Struck => _struck.Values.Sum();

    public static async Task<int> RunAsync(string kind, string directory, int kills, int seed)
    {
        Directory.CreateDirectory(directory);
        return await new EncodeKills(kind, Path.GetFullPath(directory), kills, seed).RunAsync();
    }

    private async Task<int> RunAsync()
    {
        await PrepareAsync();
        var rounds = 0;
        for (; Struck < kills && _violations.Count == 0; rounds++)
        {
            await RoundAsync(rounds);
        }

        foreach (var violation in _violations)
        {
            Console.WriteLine($"VIOLATION {violation}");
        }

        var who = string.Join(", ", _struck.OrderBy(static one => one.Key, StringComparer.Ordinal).Select(static one => $"{one.Value} of {one.Key}"));
        var exact = _right is null ? "" : $"; {_differing} of {_pictures} pictures differ from an encode that was not interrupted";
        Console.WriteLine($"{Struck} kills ({who}) in {rounds} encodes by {kind}, seed {seed}{exact}; {_violations.Count} violations");
        return _violations.Count == 0 ? 0 : 1;
    }

    private async Task PrepareAsync()
    {
        if (kind == KilledEncode.Fake)
        {
            var bytes = new byte[20_000];
            new Random(seed).NextBytes(bytes);
            await File.WriteAllBytesAsync(_source, bytes);
            _whole = 0.5;
            return;
        }

        var seconds = KilledEncode.Length.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        using (var ffmpeg = Process.Start(
            "ffmpeg", ["-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25,noise=alls=10:allf=t", "-f", "lavfi", "-i", "sine", "-t", seconds, "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", _source]))
        {
            await ffmpeg.WaitForExitAsync();
        }

        using var stage = KilledEncode.Stage(kind);
        var began = Stopwatch.GetTimestamp();
        var encoded = await stage.EncodeAsync(new EncodeRequest(new DownloadedVideo(_source, new FileInfo(_source).Length), KilledEncode.Profile, Path.Combine(directory, "right")));
        _whole = Stopwatch.GetElapsedTime(began).TotalSeconds;
        _right = MadeProfile.Read(Path.Combine(encoded.Directory, encoded.Playlist));
    }

    private async Task RoundAsync(int round)
    {
        List<(Process Process, string Output)> workers = [Start(round), Start(round)];
        var finished = new List<string>();
        for (var deaths = 0; finished.Count < 2;)
        {
            // From nothing to somewhat longer than an encode and its commit: also in record, join, unlink and publish.
            var pause = Task.Delay(TimeSpan.FromSeconds(_random.NextDouble() * (_whole + 1)));
            var mayDie = deaths < MostOfRound && Struck < kills;
            var ends = workers.Select(static worker => worker.Process.WaitForExitAsync()).ToList();
            var ended = await Task.WhenAny(mayDie ? [.. ends, pause] : ends);
            if (ended == pause)
            {
                var victim = workers[_random.Next(workers.Count)];
                if (RandomDeath.Strike(victim.Process, _random) is { } who)
                {
                    _struck[who] = _struck.GetValueOrDefault(who) + 1;
                    deaths++;
                }

                continue;
            }

            var (process, output) = workers[ends.IndexOf(ended)];
            workers.Remove((process, output));
            if (process.ExitCode == 0)
            {
                finished.Add(output);
            }
            else
            {
                workers.Add(Start(round));
            }

            process.Dispose();
        }

        Check(round, finished);
    }

    private void Check(int round, IReadOnlyList<string> outputs)
    {
        foreach (var output in outputs)
        {
            if (WhatIsWrong(output) is { } wrong)
            {
                _violations.Add($"round {round}: {wrong} ({output})");
            }
            else
            {
                Directory.Delete(output, recursive: true);
            }
        }

        var settings = CacheSettings.ForRoot(RootOf(round));
        var partials = Path.Combine(settings.ProfilesDirectory, "partials");
        if (Directory.Exists(partials) && Directory.EnumerateFileSystemEntries(partials).Any())
        {
            _violations.Add($"round {round}: parts are left: {string.Join(' ', Directory.EnumerateFileSystemEntries(partials, "*", SearchOption.AllDirectories))}");
        }

        var entries = Directory.EnumerateFiles(settings.ProfilesDirectory, "manifest.json", SearchOption.AllDirectories).Count(path => Path.GetFileName(Path.GetDirectoryName(Path.GetDirectoryName(path))) == "profiles");
        if (entries != 1)
        {
            _violations.Add($"round {round}: {entries} entries");
        }

        if (_violations.Count == 0)
        {
            Directory.Delete(RootOf(round), recursive: true);
        }
    }

    private string? WhatIsWrong(string output)
    {
        if (_right is null)
        {
            return MadeProfile.WrongSegment(output, new SegmentEncoder { Segments = 12, SegmentBytes = 200_000 });
        }

        var wrong = _right.Differs(MadeProfile.Read(Directory.EnumerateFiles(output, "*.m3u8").Single()), out var differing);
        _differing += differing;
        _pictures += _right.Pictures.Count;
        return wrong;
    }

    private string RootOf(int round) => Path.Combine(directory, FormattableString.Invariant($"cache-{round}"));

    private (Process Process, string Output) Start(int round)
    {
        var output = Path.Combine(directory, FormattableString.Invariant($"out-{++_output}"));
        var start = new ProcessStartInfo("dotnet", [typeof(EncodeKills).Assembly.Location, "killed-encode", kind, RootOf(round), output, _source]) { RedirectStandardOutput = true };
        return (Process.Start(start)!, output);
    }
}
