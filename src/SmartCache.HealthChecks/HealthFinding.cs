using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace SmartCache.HealthChecks;

/// <summary>One thing that is not as it should be.</summary>
/// <param name="Status">How bad it is.</param>
/// <param name="Code">Its name, which does not change.</param>
/// <param name="Text">What it is, for people.</param>
internal readonly record struct HealthFinding(HealthStatus Status, string Code, string Text);
