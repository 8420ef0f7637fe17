namespace SmartCache.Space;

/// <summary>Whoever can take entries away when space is short.</summary>
internal interface IRoom
{
    /// <summary>Makes room for an entry, or waits for another process that is making room.</summary>
    /// <returns><see cref="SpaceRefusal.None"/> where another try is worth it.</returns>
    ValueTask<SpaceRefusal> MakeAsync(SpaceRequest request, CancellationToken cancellationToken);

    /// <summary>What unfinished jobs need, as this process counted last; <see langword="null"/> before that, and where it is not known. Touches no disk.</summary>
    JobNeeds? Needs { get; }

    /// <summary>Counts what lies there, where nobody else is about to, and takes nothing away.</summary>
    ValueTask CountAsync(CancellationToken cancellationToken);

    /// <summary>Counts where this process does not know yet what jobs need. Whoever counts or evicts meanwhile, here or in another process, is waited for.</summary>
    ValueTask LearnNeedsAsync(CancellationToken cancellationToken);

    /// <summary>Counts where nobody has since the machine started. Whoever is about to is waited for.</summary>
    ValueTask CountOnceAsync(CancellationToken cancellationToken);
}
