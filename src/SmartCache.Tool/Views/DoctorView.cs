namespace SmartCache.Tool.Views;

/// <summary><c>doctor --json</c>.</summary>
internal sealed record DoctorView(string Directory, IReadOnlyList<FindingView> Findings, IReadOnlyList<VersionView> Versions);
