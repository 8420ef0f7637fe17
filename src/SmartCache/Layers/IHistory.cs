using SmartCache.Diagnostics;

namespace SmartCache.Layers;

/// <summary>Keeps what happened, for whoever asks later. Told from the path of jobs: it returns at once, makes no system call and never throws.</summary>
internal interface IHistory
{
    /// <summary>Notes an event, at this moment.</summary>
    /// <param name="happened">What is known of it. Its time, and a job, profile or key that it does not name, are added.</param>
    /// <param name="about">Whose it is; without it, whatever this flow works for.</param>
    void Record(HistoryEvent happened, Subject? about = null);
}
