namespace SmartCache.Storage;

/// <summary>The worker wrote to its file while it was being saved; nothing is stored. No fault: the file is the worker's.</summary>
internal sealed class WorkerChangedFileException(string file)
    : IOException($"'{Path.GetFileName(file)}' was changed by the worker while it was saved.");
