using System.CommandLine;
using SmartCache.Tool.Output;
using SmartCache.Tool.Views;

namespace SmartCache.Tool.Commands;

/// <summary><c>explain-settings</c>: every setting with where it came from.</summary>
internal static class ExplainCommand
{
    private const string DirectoryKey = "Cache:Directory";

    public static Command Make(SharedOptions shared) =>
        shared.Does(new Command("explain-settings", "Shows every setting, its value and where that came from."), static (_, run, _) =>
        {
            var explained = ExplainedSettings.Of(run.Cache.Configuration);
            var view = new SettingsView(run.Cache.Directory, run.Cache.Looked, [.. explained.Settings.Select(setting => Of(run, setting))], explained.UnknownKeys);
            run.Print(view, ToolJson.Default.SettingsView, page => Show(page, view, run.Cache.AreLimitsKnown));
            return Task.FromResult(view.UnknownKeys.Count > 0 || view.Settings.Any(static setting => setting.Problem is not null) ? ExitCode.Found : ExitCode.Done);
        });

    private static SettingView Of(ToolRun run, ExplainedSetting setting)
    {
        // The directory as it was found, which the option may have named.
        var isDirectory = setting.Key == DirectoryKey;
        var isNamed = isDirectory && run.Cache.IsNamed;
        return new SettingView(
            setting.Key, isDirectory ? run.Cache.Directory : setting.Value, setting.IsDefault && !isNamed, isNamed ? "--directory" : setting.Origin, setting.Problem, setting.NeedsRestart, setting.Meaning);
    }

    private static void Show(Page page, SettingsView view, bool areLimitsKnown)
    {
        if (!areLimitsKnown)
        {
            page.Line("The settings of this cache are not known: these are what a worker would have that starts here. Give --settings or --unit for those of another.");
        }

        foreach (var line in view.Looked)
        {
            page.Line(line);
        }

        page.Table(
            ["setting", "value", "from", "an edit is taken"],
            view.Settings.Select(static setting => new[] { setting.Key, setting.Value, setting.Origin, setting.NeedsRestart ? "at the next start" : "at once" }));
        foreach (var setting in view.Settings.Where(static setting => setting.Problem is not null))
        {
            page.Line($"Wrong: {setting.Problem}");
        }

        foreach (var key in view.UnknownKeys)
        {
            page.Line($"Unknown: {key}");
        }

        page.Hint("smartcache doctor", "looks whether the place can hold what the limits allow");
    }
}
