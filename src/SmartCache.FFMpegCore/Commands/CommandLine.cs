using System.Text;

namespace SmartCache.FFMpegCore.Commands;

/// <summary>
/// Takes a command line apart by the rules of <see cref="System.Diagnostics.ProcessStartInfo.Arguments"/>:
/// FFMpegCore has only the whole line, and a recipe names the arguments one by one.
/// </summary>
internal static class CommandLine
{
    public static List<string> Split(string line)
    {
        var arguments = new List<string>();
        var current = new StringBuilder();
        bool started = false, quoted = false;
        for (var i = 0; i < line.Length;)
        {
            var c = line[i++];
            if (c == '\\')
            {
                started = true;
                var slashes = 1;
                for (; i < line.Length && line[i] == '\\'; i++)
                    slashes++;
                var beforeQuote = i < line.Length && line[i] == '"';
                current.Append('\\', beforeQuote ? slashes / 2 : slashes);
                if (beforeQuote && slashes % 2 == 1)
                    current.Append(line[i++]);
            }
            else if (c == '"')
            {
                started = true;
                if (quoted && i < line.Length && line[i] == '"')
                    current.Append(line[i++]);
                else
                    quoted = !quoted;
            }
            else if (!quoted && c is (' ' or '\t' or '\r' or '\n'))
            {
                if (started)
                    arguments.Add(current.ToString());
                current.Clear();
                started = false;
            }
            else
            {
                started = true;
                current.Append(c);
            }
        }

        if (started)
            arguments.Add(current.ToString());
        return arguments;
    }
}
