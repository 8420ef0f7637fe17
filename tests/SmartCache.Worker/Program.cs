using System.Runtime.InteropServices;
using SmartCache;
using SmartCache.Worker;
using SmartCache.Worker.Kills;
using SmartCache.Worker.WholeJob;

if (args is ["with-library", var library, .. var rest])
{
    NativeLibrary.SetDllImportResolver(typeof(CacheManager).Assembly, (name, _, _) => name == "libc" ? NativeLibrary.Load(library) : 0);
    args = rest;
}

// One verb per kind of second process; a verb prints a line for each step that a test waits for, and ends with 0 when it did what it was asked.
return args switch
{
    ["record-uploads", var root, var tree, var target, var prefix, var count] => await RecordUploads.RunAsync(root, tree, target, prefix, int.Parse(count)),
    ["kubo-upload", var root, var tree, var endpoint, var hold] => await KuboUpload.RunAsync(root, tree, new Uri(endpoint), int.Parse(hold)),
    ["download", var root, var work, var log, var source, var count] => await SameWork.DownloadAsync(root, work, log, source, int.Parse(count)),
    ["encode", var root, var work, var log, var source, var count] => await SameWork.EncodeAsync(root, work, log, source, int.Parse(count)),
    ["hang-download", var root, var work, var source] => await UnfinishedWork.HangInDownloadAsync(root, work, source),
    ["hang-encode", var root, var work, var source] => await UnfinishedWork.HangInEncodeAsync(root, work, source),
    ["segments", var root, var work, var source, var hangAt] => await UnfinishedWork.EncodeSegmentsAsync(root, work, source, int.Parse(hangAt)),
    ["killed-encode", var kind, var root, var output, var source] => await KilledEncode.RunAsync(kind, root, output, source),
    ["encode-kills", KilledEncode.Fake or KilledEncode.Ffmpeg, var directory, var kills, var seed] => await EncodeKills.RunAsync(args[1], directory, int.Parse(kills), int.Parse(seed)),
    ["hang-save", var root, var work, var source] => await UnfinishedWork.HangInSaveAsync(root, work, source),
    ["lease", var root, var name] => HoldStorage.Lease(root, name),
    ["stage", var root] => HoldStorage.Stage(root),
    ["open", var root, var mode] => HoldStorage.Open(root, mode),
    ["claim", var root] => HoldStorage.Claim(root),
    ["group-job", var root, var work, var url] => await GroupJob.RunAsync(root, work, url),
    ["steady", var root, var work, var mode] => await Steady.RunAsync(root, work, (UnixFileMode)Convert.ToInt32(mode, 8)),
    ["reserve", var root, var bytes] => await UseSpace.ReserveAsync(root, long.Parse(bytes)),
    ["keep-downloading", var root, var work, var seed, var maxSize, var minFree] => await UseSpace.DownloadAsync(root, work, int.Parse(seed), long.Parse(maxSize), long.Parse(minFree)),
    ["many-segments", var root, var work] => await ManySegments.RunAsync(root, work),
    ["whole-job", var root, var work, var node, var number, var takes] => await JobProcess.RunAsync(root, work, node, int.Parse(number), int.Parse(takes)),
    ["blocking-jobs", var root, var work, var jobs] => await BlockingJobs.RunAsync(root, work, int.Parse(jobs)),
    ["blocked-pool", "hash", var work] => BlockedPool.Hash(work),
    ["blocked-pool", "attempt", var root] => BlockedPool.Attempt(root),
    ["blocked-pool", "ask", var root] => BlockedPool.AskWithoutAwaiting(root),
    ["inspect", var root] => await Inspect.RunAsync(root),
    ["clean-up", var root] => await UseSpace.CleanUpAsync(root),
    _ => Unknown(args),
};

static int Unknown(string[] args)
{
    Console.Error.WriteLine($"Unknown verb or number of arguments: {string.Join(' ', args.Take(1))}");
    return 2;
}
