using System.Collections;
using Microsoft.Extensions.Configuration;
using SmartCache.S3;

namespace SmartCache.Tool.Output;

/// <summary>What the tool is run with. A test gives its own, so that nothing of the process is read anywhere else.</summary>
internal sealed record ToolHost(TextWriter Output, TextWriter Error)
{
    public required string WorkingDirectory { get; init; }

    public required IReadOnlyDictionary<string, string?> Environment { get; init; }

    /// <summary>Where answers come from, and what is not to stand in a command line.</summary>
    public TextReader Input { get; init; } = TextReader.Null;

    /// <summary>Whether somebody sits there who can answer.</summary>
    public bool CanAsk { get; init; }

    /// <summary>Columns of the terminal; <see langword="null"/> where the output is none, and no line is folded.</summary>
    public int? Width { get; init; }

    /// <summary>Whether messages go to a terminal, so that a line of them may be written over.</summary>
    public bool CanOverwrite { get; init; }

    /// <summary>Makes the object store of a pool from the section <c>Cache:Remote:S3</c>.</summary>
    public Func<IConfiguration, IObjectStore> Store { get; init; } = static section => S3RemoteStore.Create(S3RemoteOptions.From(section));

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    // A file or a pipe gets many lines at once: a call for each of 150,000 was a fifth of a long list.
    public static ToolHost OfProcess() => new(Console.IsOutputRedirected ? new StreamWriter(Console.OpenStandardOutput(), bufferSize: 64 << 10) : Console.Out, Console.Error)
    {
        WorkingDirectory = System.Environment.CurrentDirectory,
        Environment = System.Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(static pair => (string)pair.Key, static pair => (string?)pair.Value),

        Input = Console.In,
        CanAsk = !Console.IsInputRedirected && !Console.IsErrorRedirected,

        CanOverwrite = !Console.IsErrorRedirected,

        // A terminal that does not say how wide it is says 0.
        Width = Console.IsOutputRedirected ? null : Math.Max(80, Console.WindowWidth),
    };
}
