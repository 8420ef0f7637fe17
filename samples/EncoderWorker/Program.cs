using EncoderWorker.Hosting;
using EncoderWorker.Options;
using EncoderWorker.Reporting;
using EncoderWorker.State;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

try
{
    var options = WorkerOptionsParser.Parse(args);
    if (options.ShowHelp)
    {
        Console.WriteLine(Usage.Text);
        return 0;
    }

    if (options.CrashAtPercent > 0 && !CrashDrill.IsWorker)
        return await CrashDrill.RunAsync(args);

    using var state = StateFolder.Open();
    return await RunAsync(options, state);
}
catch (OptionException exception)
{
    Console.Error.WriteLine($"{exception.Message}\n--help shows all options.");
    return RunResult.BadOptions;
}
catch (OptionsValidationException exception)
{
    Console.Error.WriteLine($"The settings are wrong:\n{string.Join('\n', exception.Failures)}");
    return RunResult.BadOptions;
}
catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(exception.Message);
    return RunResult.Failed;
}

static async Task<int> RunAsync(WorkerOptions options, StateFolder state)
{
    var board = ProgressBoard.ForConsole();
    var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings
    {
        Args = [.. options.HostArguments],
        // appsettings.json lies beside the program, wherever it is started from.
        ContentRootPath = AppContext.BaseDirectory,
    });
    builder.Configuration.AddCacheSettings(options, state);
    builder.Logging.ClearProviders().AddProvider(new BoardLoggerProvider(board));
    builder.Services.AddSingleton(options).AddSingleton(state).AddSingleton(board).AddSingleton(TimeProvider.System);
    var result = new RunResult();
    builder.Services.AddSingleton(result);
    builder.AddEncoderWorker(options, state);
    builder.AddTelemetry();

    var demo = builder.Configuration.UsesDemoCache(options, state);
    if (demo)
        PrepareDemoCache(options, state, board);

    using var host = builder.Build();
    await host.RunAsync();
    if (demo && result.ExitCode != RunResult.Interrupted)
        state.MarkFinished();
    return result.ExitCode;
}

// A first attempt over yesterday's cache would show nothing. But the run after an interrupted one is to go on from it.
static void PrepareDemoCache(WorkerOptions options, StateFolder state, ProgressBoard board)
{
    if (state.LastRunUnfinished)
    {
        board.Print($"Cache: {state.DemoCache}, as the interrupted run left it.");
    }
    else if (options.Keep)
    {
        board.Print($"Cache: {state.DemoCache}, as the last run left it.");
    }
    else
    {
        state.EmptyDemo();
        board.Print($"Cache: {state.DemoCache}, emptied, so that the first attempt is one (--keep or --cache DIR keeps a cache).");
    }

    state.MarkUnfinished();
}
