namespace SmartCache.Tool.Finding;

/// <summary>What systemd knows of a worker's unit.</summary>
/// <param name="WorkingDirectory">Where the worker starts.</param>
/// <param name="Environment">Its variables, with those that systemd adds.</param>
/// <param name="Arguments">The words of its command line.</param>
/// <param name="Looked">What was found, one line each.</param>
internal sealed record UnitFacts(string WorkingDirectory, IReadOnlyDictionary<string, string?> Environment, IReadOnlyList<string> Arguments, IReadOnlyList<string> Looked);
