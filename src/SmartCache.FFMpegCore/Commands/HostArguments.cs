namespace SmartCache.FFMpegCore.Commands;

/// <summary>
/// Carries arguments of the host past FFMpegCore, which writes one line and does not escape what it is given: the line has a word of ours in their place,
/// and they take its place when the line has been split.
/// </summary>
internal sealed class HostArguments
{
    private readonly List<IReadOnlyList<string>> _lists = [];

    /// <returns>The word that stands for them.</returns>
    public string Add(params IReadOnlyList<string> arguments)
    {
        _lists.Add(arguments);
        return Word(_lists.Count - 1);
    }

    public IReadOnlyList<string> PutBack(IEnumerable<string> line)
    {
        var words = Enumerable.Range(0, _lists.Count).ToDictionary(Word);
        return [.. line.SelectMany(argument => words.TryGetValue(argument, out var index) ? _lists[index] : [argument])];
    }

    private static string Word(int index) => FormattableString.Invariant($"{{host:{index}}}");
}
