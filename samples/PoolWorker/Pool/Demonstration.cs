using System.Diagnostics;
using Amazon.Runtime;
using Amazon.S3;
using PoolWorker.Working;

namespace PoolWorker.Pool;

/// <summary>Three workers, two videos, one bucket: all at once, one worker is killed in its encode and started again, and at the end the store is ended too.</summary>
internal sealed class Demonstration(PoolOptions options, Origin origin)
{
    private const string Bucket = "encoder-cache";
    private static readonly string[] _hosts = ["worker-1", "worker-2", "worker-3"];
    private static readonly string[] _videos = ["video-a", "video-b"];
    private static readonly string[] _profiles = ["360", "240", "144"];

    private double _aloneOverhead;

    public static async Task<int> RunAsync(string[] args)
    {
        var options = PoolOptions.Parse(args);
        var videos = Directory.CreateDirectory(Path.Combine(options.Directory, "videos")).FullName;
        await Task.WhenAll(((string[])[.. _videos, "video-c", "video-d"]).Select((name, i) => Videos.MakeAsync(Path.Combine(videos, name + ".mp4"), i * 60)));
        await MakeBucketAsync(options.Endpoint);
        await using var origin = Origin.Start(videos);
        return await new Demonstration(options, origin).RunAsync();
    }

    private static async Task MakeBucketAsync(string endpoint)
    {
        using var client = new AmazonS3Client(new EnvironmentVariablesAWSCredentials(), new AmazonS3Config { ServiceURL = endpoint, ForcePathStyle = true, AuthenticationRegion = "us-east-1" });
        await client.PutBucketAsync(Bucket);
    }

    private async Task<int> RunAsync()
    {
        Console.WriteLine($"Three workers, each with a job of each of two videos, {_profiles.Length} profiles; all at once.");
        var jobs = await RunPoolAsync();
        var report = new PoolReport(_profiles.Length, jobs, null);
        report.Print();

        using (var store = Process.GetProcessById(options.StorePid))
            store.Kill();
        Console.WriteLine("\nThe store is ended. A further job, as if alone:");
        report = report with { Outage = await RunOutageAsync() };
        Console.WriteLine($"{(report.Outage.Succeeded ? "done" : "FAILED")} in {report.Outage.Seconds:0.0} s ({report.Outage.SecondsAlone:0.0} s without a store in the settings), {report.Outage.OverheadSeconds:0.00} s of it outside the stages ({_aloneOverhead:0.00} s without)");
        if (options.ReportFile is { } path)
            await report.WriteAsync(path);
        return Judge(report);
    }

    private async Task<IReadOnlyList<JobRow>> RunPoolAsync()
    {
        List<WorkerProcess> workers = [.. _hosts.Select(host => Start(host, _videos))];
        try
        {
            var killed = await (await Task.WhenAny(workers.Select(async worker =>
            {
                await worker.Encoding;
                return worker;
            })));
            var before = await killed.KillAsync();
            Console.WriteLine($"{killed.Name} was killed in its encode, and is started again.");
            workers[workers.IndexOf(killed)] = Start(killed.Name, _videos);
            killed.Dispose();
            var rows = await Task.WhenAll(workers.Select(worker => worker.EndedAsync()));
            return [.. rows.SelectMany(row => row).Select(row => row.Host == killed.Name ? After(row, before) : row)];
        }
        finally
        {
            workers.ForEach(worker => worker.Dispose());
        }
    }

    // A job that was killed is one job: what its first attempt had finished counts.
    private static JobRow After(JobRow row, IReadOnlyList<string> before) => row with
    {
        OriginDownloads = row.OriginDownloads + before.Count(line => line == InnerWork.DownloadDone + row.Job),
        Encodes = row.Encodes + before.Count(line => line == InnerWork.EncodeDone + row.Job),
    };

    private async Task<OutageRow> RunOutageAsync()
    {
        // Both videos are new to the pool, and equally long.
        var alone = await RunOneAsync(Start("alone", ["video-c"], "--Cache:Remote:Mode=Off"));
        _aloneOverhead = alone.Seconds - alone.InsideSeconds;
        var outage = await RunOneAsync(Start("outage", ["video-d"]));
        return new OutageRow(outage.Succeeded, outage.Seconds, alone.Seconds, outage.Seconds - outage.InsideSeconds);
    }

    private static async Task<JobRow> RunOneAsync(WorkerProcess worker)
    {
        using (worker)
            return (await worker.EndedAsync()).Single();
    }

    private WorkerProcess Start(string host, IEnumerable<string> videos, params string[] more)
    {
        var own = Directory.CreateDirectory(Path.Combine(options.Directory, host)).FullName;
        return WorkerProcess.Start(host, Path.Combine(options.Directory, host + ".log"),
        [
            $"--Worker:Host={host}",
            $"--Worker:Videos={string.Join(' ', videos.Select(video => $"{origin.Address}{video}.mp4"))}",
            $"--Worker:Profiles={string.Join(',', _profiles)}",
            $"--Worker:Work={Path.Combine(own, "work")}",
            $"--Worker:Publish={Path.Combine(options.Directory, "published")}",
            $"--Cache:Directory={Path.Combine(own, "cache")}",
            "--Cache:MaxSize=2GB",
            "--Cache:MinFreeSpace=100MB",
            // How long a worker that shows no sign of life is waited for.
            "--Cache:LockTimeout=20s",
            "--Cache:Remote:Mode=ReadWrite",
            "--Cache:Remote:Sources=All",
            // Three workers, their encoders and the store share this machine, and it may be slow to answer. Between hosts 2 s, the default, are long.
            "--Cache:Remote:LookupTimeout=10s",
            $"--Cache:Remote:S3:Endpoint={options.Endpoint}",
            $"--Cache:Remote:S3:Bucket={Bucket}",
            .. more,
        ]);
    }

    private int Judge(PoolReport report)
    {
        var jobs = report.Jobs;
        List<string> wrong = [];
        if (jobs.Count != _hosts.Length * _videos.Length || jobs.Any(job => !job.Succeeded))
            wrong.Add("not all jobs succeeded");
        foreach (var video in jobs.GroupBy(job => job.Job))
        {
            if (video.Sum(job => job.OriginDownloads) != 1)
                wrong.Add($"{video.Key} was downloaded {video.Sum(job => job.OriginDownloads)} times");
            if (video.Sum(job => job.Encodes) != _profiles.Length)
                wrong.Add($"{video.Key} was encoded {video.Sum(job => job.Encodes)} times, in {_profiles.Length} profiles");
            if (video.Select(job => job.PublishedAs).Distinct().Count() > 1)
                wrong.Add($"{video.Key} was published as different files");
        }

        if (report.Outage is not { Succeeded: true })
            wrong.Add("the job without the store failed");
        Console.WriteLine(wrong.Count == 0
            ? $"\n{jobs.Count + 1} jobs done: each video downloaded once and each profile encoded once over the pool."
            : $"\nNOT as it should be: {string.Join("; ", wrong)}. The workers' logs: {options.Directory}/*.log");
        return wrong.Count == 0 ? 0 : 1;
    }
}
