namespace EncoderWorker.Options;

internal static class Usage
{
    public static string Text =>
        $"""
        Encodes a video to HLS and publishes it, twice: the first upload breaks, the retry shows what the cache saves.

          --video FILE|URL       the video (default: a generated 1080p test video of 30 s)
          --profiles LIST        renditions, comma-separated: {Ladder.Names} (default 1080p,720p,480p)
          --fail-at PERCENT      the first attempt's upload breaks after so many of its files (default 90; 0 = never)
          --crash-at PERCENT     instead: the worker is killed when so much of the first attempt is encoded, and started again; it
                                 goes on in the middle of the encode (--fail-at is 0 then, unless it is given)
          --cache DIR            use this cache and keep what is in it (default: a demo cache, emptied before each run)
          --keep                 keep what the demo cache holds
          --no-cache             without a cache, to compare
          --jobs N               several jobs at once, 1 to 16 (default 1): odd ones share one source, each even one has its own
          --prefetch AHEAD       the jobs one after the other, each with its own source, over an origin as slow as the encode; so many of the
                                 next sources are fetched ahead, 0 to 16 (--fail-at is 0 then, unless it is given; see --jobs)
          --origin-seconds S     with --prefetch: the origin takes so long for a source (default: as long as an encode, which is measured first)
          --ipfs URL             upload to an IPFS node's RPC address, for example http://127.0.0.1:5001 (default: a local folder)
          --report FILE          write the figures as JSON
          --Section:Key=VALUE    any setting of appsettings.json, for example --Cache:MaxSize=5GB
          --help

        Ctrl-C at any moment; the same command again goes on where it stopped.
        """;
}
