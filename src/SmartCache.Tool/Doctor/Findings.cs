using SmartCache.Tool.Views;

namespace SmartCache.Tool.Doctor;

/// <summary>What the doctor has found so far.</summary>
internal sealed class Findings
{
    private readonly List<FindingView> _found = [];

    public IReadOnlyList<FindingView> All => _found;

    public void Add(string code, string path, string meaning, string whatToDo) => _found.Add(new FindingView(code, path, meaning, whatToDo));

    /// <summary>Looks at one thing. What cannot be looked at is a finding, and hides no other one.</summary>
    public void Try(string what, string directory, Action look)
    {
        try
        {
            look();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            AddNotLookedAt(what, directory, exception.Message);
        }
    }

    /// <inheritdoc cref="Try"/>
    public async Task TryAsync(string what, string directory, Func<Task> look)
    {
        try
        {
            await look().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            AddNotLookedAt(what, directory, exception.Message);
        }
    }

    /// <summary>Notes what could not be looked at. The message names the very directory.</summary>
    public void AddNotLookedAt(string what, string directory, string why) =>
        Add("not-looked-at", directory, $"{what} could not be looked at: {why}", "run this as the worker's user; if that is who you are, mend owner, group or mode, or look at the disk");
}
