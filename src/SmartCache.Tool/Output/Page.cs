using Spectre.Console;

namespace SmartCache.Tool.Output;

/// <summary>What people read. Every text that it is given is printed as it stands: without control characters, and never as markup.</summary>
internal sealed class Page
{
    // Wide enough that no line of a file or a pipe is folded.
    private const int NoTerminal = 4000;

    private static readonly Style _bold = new(decoration: Decoration.Bold);
    private static readonly Style _dim = new(decoration: Decoration.Dim);

    // More rows than a screen has.
    private const int MostDrawn = 200;

    private readonly IAnsiConsole _console;
    private readonly TextWriter _output;
    private readonly bool _isTerminal;
    private readonly string _options;

    // The options that lead to the cache, for the commands that a hint names.
    public Page(ToolHost host, string options)
    {
        (_options, _output, _isTerminal) = (options, host.Output, host.Width is not null);
        _console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(host.Output),
            Ansi = host.Width is null ? AnsiSupport.No : AnsiSupport.Detect,
            Interactive = InteractionSupport.No,
        });
        _console.Profile.Width = host.Width ?? NoTerminal;
    }

    /// <summary>Begins the page anew: on a terminal in the place of the last one, elsewhere below it.</summary>
    public void Again(string text)
    {
        if (_console.Profile.Capabilities.Ansi)
        {
            _console.Clear();
        }
        else
        {
            _console.WriteLine();
        }

        Write(text, _dim);
    }

    public void Heading(string text)
    {
        _console.WriteLine();
        Write(text, _bold);
    }

    public void Line(string text) => Write(text, Style.Plain);

    /// <summary>Names with values; those without a value are left out.</summary>
    public void Facts(params IEnumerable<(string Name, string? Value)> facts)
    {
        var grid = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn();
        foreach (var (name, value) in facts)
        {
            if (value is not null)
            {
                grid.AddRow(Cell(name), Cell(value));
            }
        }

        _console.Write(grid);
    }

    public void Table(string[] headings, IEnumerable<string[]> rows)
    {
        var texts = rows.Select(static row => Array.ConvertAll(row, Plain.Of)).ToList();
        if (!_isTerminal || texts.Count > MostDrawn)
        {
            foreach (var line in PlainTable.Lines(Array.ConvertAll(headings, Plain.Of), texts))
            {
                _output.WriteLine(line);
            }

            return;
        }

        var table = new Table().Border(TableBorder.Simple);
        foreach (var heading in headings)
        {
            table.AddColumn(new TableColumn(new Text(Plain.Of(heading), _bold)));
        }

        foreach (var row in texts)
        {
            table.AddRow(row.Select(static text => new Text(text)));
        }

        _console.Write(table);
    }

    /// <summary>The next command that may be of use.</summary>
    public void Hint(string command, string purpose)
    {
        _console.WriteLine();
        Write($"Next: {command}{_options}   {purpose}", _dim);
    }

    private void Write(string text, Style style)
    {
        _console.Write(new Text(Plain.Of(text), style));
        _console.WriteLine();
    }

    private static Text Cell(string text) => new(Plain.Of(text));
}
