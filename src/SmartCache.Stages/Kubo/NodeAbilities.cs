namespace SmartCache.Stages.Kubo;

/// <summary>What a node lets one do beyond <c>add</c>.</summary>
/// <param name="CanLink">It takes directories that were built here (<c>dag/import</c>).</param>
/// <param name="KnowsLocality">It says how much of a DAG it holds, without looking for the rest on the network (<c>files/stat</c>).</param>
internal sealed record NodeAbilities(bool CanLink, bool KnowsLocality);
