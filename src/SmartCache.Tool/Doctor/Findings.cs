using SmartCache.Tool.Views;

namespace SmartCache.Tool.Doctor;

/// <summary>What the doctor has found so far.</summary>
internal sealed class Findings
{
    private readonly List<FindingView> _found = [];

    public IReadOnlyList<FindingView> All => _found;

    public void Add(string code, string path, string meaning, string whatToDo) => _found.Add(new FindingView(code, path, meaning, whatToDo));
}
