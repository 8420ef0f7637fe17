namespace SmartCache.Worker.WholeJob;

/// <summary>What one attempt at a job came to.</summary>
/// <param name="Ending"><c>done</c>, or the type and message of what the job threw.</param>
/// <param name="Files">Hash of each file that the job had, and of each that the node has, by name.</param>
/// <param name="Downloads">How often the worker's downloader ran.</param>
/// <param name="Encodes">How often the worker's encoder ran.</param>
/// <param name="Sent">How many files the worker's uploader sent.</param>
/// <param name="Said">Warnings and errors of the cache, as level and event id.</param>
internal sealed record AttemptSeen(string Ending, SortedDictionary<string, string> Files, int Downloads, int Encodes, int Sent, string[] Said);
