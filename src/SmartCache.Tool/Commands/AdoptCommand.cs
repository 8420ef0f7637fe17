using System.CommandLine;
using SmartCache.Tool.Output;
using SmartCache.Tool.Views;

namespace SmartCache.Tool.Commands;

/// <summary><c>adopt DIR</c>: takes over a cache's directory that bears no marker, after it said what lies there.</summary>
internal static class AdoptCommand
{
    private const int MostNames = 10;

    public static Command Make(SharedOptions shared)
    {
        var directory = new Argument<string>("dir") { Description = "The directory: a cache's that lost its CACHEDIR.TAG, or came back without one." };
        var yes = new Option<bool>("--yes") { Description = "Takes it over without asking." };
        return shared.Does(new Command("adopt", "Takes over a cache's directory that bears no marker.") { directory, yes }, (parsed, run, _) =>
        {
            var options = run.Cache.Options;
            options.Directory = Path.GetFullPath(parsed.GetRequiredValue(directory), run.Host.WorkingDirectory);
            if (options.Directory != run.Cache.Directory)
            {
                options.Locations = new CacheLocationOptions();
            }

            var found = CacheAdoption.Look(options);
            if (found is { WhyNot: null, IsAdopted: false })
            {
                found = Adopt(run, found, parsed.GetValue(yes));
            }

            var view = new AdoptView(found.Directory, found.IsAdopted, found.WhyNot, [.. found.Directories.Select(static one => new AdoptedView(one.Name, one.Directory, one.IsMarked, one.Entries, one.Foreign, one.Damaged))]);
            run.Print(view, ToolJson.Default.AdoptView, page => Show(page, view));
            return Task.FromResult(found.IsAdopted ? ExitCode.Done : ExitCode.Found);
        });
    }

    private static CacheAdoption Adopt(ToolRun run, CacheAdoption found, bool yes)
    {
        var options = run.Cache.Options;
        var entries = found.Directories.Sum(static one => one.Entries);
        if (!Agreement.IsGiven(run, yes, $"'{found.Directory}' holds {entries} entries and jobs, and {found.Directories.Sum(static one => one.Foreign.Count)} names that are no cache's, which stay. Let the cache have it, and delete in it?"))
        {
            return found;
        }

        CacheAdoption.Look(options).Adopt();
        return CacheAdoption.Look(options);
    }

    private static void Show(Page page, AdoptView view)
    {
        page.Table(
            ["directory", "path", "state", "entries", "not the cache's"],
            view.Directories.Select(static one => new[]
            {
                one.Name, one.Path, one.IsMarked ? "marked" : "bears no marker", one.Name == "root" ? "-" : Figures.Count(one.Entries),
                one.Foreign.Count == 0 ? "-" : $"{one.Foreign.Count}: {string.Join(", ", one.Foreign.Take(MostNames))}",
            }));
        foreach (var damaged in view.Directories.Where(static one => one.Damaged.Count > 0))
        {
            page.Line($"No entries in {damaged.Path}: {string.Join(", ", damaged.Damaged.Take(MostNames))}");
        }

        page.Line(view.WhyNot is { } why ? $"It cannot be taken over: {why}" : view.IsAdopted ? "It is a cache." : "It is not taken over yet.");
        if (view.WhyNot is null)
        {
            page.Hint(view.IsAdopted ? "smartcache doctor" : $"smartcache adopt {view.Directory} --yes", view.IsAdopted ? "looks for faults of the place" : "takes it over");
        }
    }
}
