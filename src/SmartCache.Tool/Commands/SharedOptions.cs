using System.CommandLine;
using Microsoft.Extensions.Options;
using SmartCache.Tool.Finding;
using SmartCache.Tool.Output;

namespace SmartCache.Tool.Commands;

/// <summary>The options that every command takes, and the place where what goes wrong becomes a text and a code.</summary>
internal sealed class SharedOptions(ToolHost host)
{
    private readonly Option<string?> _directory = new("--directory", "-d") { Description = "The cache's directory.", Recursive = true };
    private readonly Option<string?> _settings = new("--settings", "-s") { Description = "The worker's appsettings.json. Default: ./appsettings.json, where it is there.", Recursive = true };
    private readonly Option<string?> _unit = new("--unit", "-u") { Description = "The worker's systemd unit: its environment and working directory lead to the cache.", Recursive = true };
    private readonly Option<bool> _json = new("--json") { Description = "JSON with stable names instead of text for people.", Recursive = true };

    public void AddTo(RootCommand root)
    {
        root.Options.Add(_directory);
        root.Options.Add(_settings);
        root.Options.Add(_unit);
        root.Options.Add(_json);
    }

    /// <summary>Has a command do its work when it is called.</summary>
    public Command Does(Command command, Func<ParseResult, ToolRun, CancellationToken, Task<int>> work)
    {
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed, work, cancellationToken));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, Func<ParseResult, ToolRun, CancellationToken, Task<int>> work, CancellationToken cancellationToken)
    {
        try
        {
            var (directory, settings, unit) = (parsed.GetValue(_directory), parsed.GetValue(_settings), parsed.GetValue(_unit));
            var found = new CacheFinder(host).Find(directory, settings, unit);
            var run = new ToolRun(host, found, parsed.GetValue(_json), Again("--directory", directory) + Again("--settings", settings) + Again("--unit", unit));
            var code = await work(parsed, run, cancellationToken).ConfigureAwait(false);

            // Here, where a full disk is told.
            await host.Output.FlushAsync(CancellationToken.None).ConfigureAwait(false);
            return code;
        }
        catch (ToolException exception)
        {
            return Fail(exception.Message, exception.ExitCode);
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Cancelled;
        }
        catch (ObjectStoreException exception)
        {
            return Fail($"The store: {exception.Message}\nNext: smartcache remote doctor   says what to do", ExitCode.CouldNotLook);
        }
        catch (OptionsValidationException exception)
        {
            return Fail(exception.Message, ExitCode.CouldNotLook);
        }
        catch (UnauthorizedAccessException exception)
        {
            return Fail($"{exception.Message}\nRun it as the worker's user.", ExitCode.CouldNotLook);
        }
        catch (IOException exception)
        {
            return Fail(exception.Message, ExitCode.CouldNotLook);
        }
    }

    // As a shell takes it.
    private static string Again(string option, string? value) =>
        value is null ? "" : value.All(static c => char.IsAsciiLetterOrDigit(c) || "/._-".Contains(c)) ? $" {option} {value}" : $" {option} '{value.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    // Also beside --json: what a script reads on its input is JSON or nothing.
    private int Fail(string message, int code)
    {
        foreach (var line in message.Split('\n'))
        {
            host.Error.WriteLine(Plain.Of(line.TrimEnd('\r')));
        }

        return code;
    }
}
