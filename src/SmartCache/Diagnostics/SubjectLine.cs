using System.Collections;
using SmartCache.Storage;

namespace SmartCache.Diagnostics;

/// <summary>A line with what it is for behind its text, and among its named values <c>Job</c>, <c>Profile</c> and <c>Key</c>, as far as it does not name them itself.</summary>
internal sealed class SubjectLine : IReadOnlyList<KeyValuePair<string, object?>>
{
    private const string Template = "{OriginalFormat}";

    private readonly List<KeyValuePair<string, object?>> _values;
    private readonly string _text;

    private SubjectLine(List<KeyValuePair<string, object?>> values, string text) => (_values, _text) = (values, text);

    public int Count => _values.Count;

    public KeyValuePair<string, object?> this[int index] => _values[index];

    /// <summary>The line of a subject; <see langword="null"/> where it names all of it already.</summary>
    /// <param name="subject">What the work is for.</param>
    /// <param name="line">What the line names.</param>
    /// <param name="text">Its text.</param>
    public static SubjectLine? Of(Subject subject, IReadOnlyList<KeyValuePair<string, object?>> line, Func<string> text)
    {
        List<(string Name, string Value)>? lacking = null;
        Look("Job", subject.Job is { } job ? LogText.Name(job) : null);
        Look("Profile", subject.Profile is { } profile ? LogText.Name(profile) : null);
        Look("Key", subject.Key is { } key ? EntryName.Short(key) : null);
        if (lacking is null)
        {
            return null;
        }

        var values = line.Where(static value => value.Key != Template).ToList();
        values.AddRange(lacking.Select(static one => KeyValuePair.Create(one.Name, (object?)one.Value)));

        // Some providers make the text from the template and the values.
        if (line.FirstOrDefault(static value => value.Key == Template).Value is string template)
        {
            values.Add(new(Template, template + Behind(lacking, static one => $"{{{one.Name}}}")));
        }

        return new SubjectLine(values, text() + Behind(lacking, static one => one.Value));

        void Look(string name, string? value)
        {
            if (value is not null && !line.Any(one => one.Key == name))
            {
                (lacking ??= []).Add((name, value));
            }
        }
    }

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => _values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() => _text;

    private static string Behind(List<(string Name, string Value)> lacking, Func<(string Name, string Value), string> value) =>
        $" [for {string.Join(", ", lacking.Select(one => $"{one.Name.ToLowerInvariant()} {value(one)}"))}]";
}
