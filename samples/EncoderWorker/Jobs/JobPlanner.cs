using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using EncoderWorker.Options;
using EncoderWorker.Reporting;
using EncoderWorker.Serving;
using EncoderWorker.State;

namespace EncoderWorker.Jobs;

/// <summary>Makes the jobs of a run: odd ones share one source, each even one has its own. Of a queue each has its own.</summary>
internal sealed class JobPlanner(WorkerOptions options, StateFolder state, VideoServer server, ProgressBoard board)
{
    public async Task<IReadOnlyList<EncodeJob>> PlanAsync(CancellationToken cancellationToken)
    {
        if (options.VideoIsRemote)
        {
            if (options.Jobs > 1)
                board.Print("The video is at an address: all jobs share it.");
            return [.. Enumerable.Range(1, options.Jobs).Select(RemoteJob)];
        }

        var path = options.Video ?? await TestVideo.EnsureAsync(state.VideoFolder, board, cancellationToken);
        var shared = await ServedVideo.OpenAsync(path, cancellationToken);
        var canVary = ServedVideo.CanVary(path);
        if (options.Jobs > 1 && !canVary)
            board.Print("The video is not an MP4, which could be told apart by a box behind its end: all jobs share it.");

        List<EncodeJob> jobs = [];
        for (var number = 1; number <= options.Jobs; number++)
        {
            var ownSource = canVary && (number % 2 == 0 || options.Prefetch is not null);
            jobs.Add(ServedJob(number, ownSource ? await ServedVideo.OpenVariantAsync(path, number, cancellationToken) : shared));
        }

        return jobs;
    }

    // The port changes from run to run, and so does the URL: the content id says that it is the same video, as the CID in
    // the messages of a worker that is fed from IPFS does.
    private EncodeJob ServedJob(int number, ServedVideo video)
    {
        var id = Id(number, video.Sha256);
        return new EncodeJob(number, id, server.Serve(video, number, id), "sha256:" + video.Sha256, video.Length, Path.Combine(state.Work, id), options.Profiles);
    }

    private EncodeJob RemoteJob(int number)
    {
        // A hash, because the id is a file name and a URL may carry credentials.
        var id = Id(number, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(options.Video!))));
        return new EncodeJob(number, id, options.Video!, null, null, Path.Combine(state.Work, id), options.Profiles);
    }

    private static string Id(int number, string hash) => string.Create(CultureInfo.InvariantCulture, $"sample-{hash[..12]}-{number}");
}
