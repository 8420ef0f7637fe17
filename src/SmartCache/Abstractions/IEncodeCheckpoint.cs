namespace SmartCache;

/// <summary>The finished parts of one profile's encode, kept so that a retry encodes only the rest.</summary>
/// <remarks>
/// <para>
/// An encoder that can go on in the middle calls <see cref="OpenAsync"/> once, skips what is listed, and calls <see cref="RecordAsync"/> for each file that it has finished.
/// The decorator deletes the parts when the encode has returned; they stay when it throws, is cancelled, or dies with its process.
/// </para>
/// <para>
/// Thread-safe. No method throws because of the cache: a fault of it is no parts, or <see langword="false"/>. Only cancellation is thrown. Valid until
/// <see cref="IProfileEncoder.EncodeAsync"/> returns; afterwards nothing is kept any more.
/// </para>
/// </remarks>
public interface IEncodeCheckpoint
{
    /// <summary>The parts that earlier encodes of this profile left, in the order of <see cref="EncodePart.Start"/>.</summary>
    /// <remarks>
    /// Every byte of them has just been read and compared with its hash. A part that fails that is dropped with all that begin later. Where there is less work in them than
    /// <c>Cache:Checkpoints:MinWork</c>, all are dropped and none given: what is not shown to the encoder is never given beside what it records. Ranges of time need not follow on
    /// one another. An encoder that falls back to another layout opens again: what is recorded belongs to the layout that was opened last. One that does not go on from what it was
    /// given calls <see cref="ForgetAsync"/> before it records anything.
    /// </remarks>
    /// <param name="layout">
    /// What parts must have in common to fit together, in the encoder's own words: the version of its format, the encoder in use, container, picture rate, length of a chunk.
    /// Parts of another layout are not given, and stay. Source, arguments and encoder version are in the profile's key already. At most 1,024 characters.
    /// </param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<IReadOnlyList<EncodePart>> OpenAsync(string layout, CancellationToken cancellationToken = default);

    /// <summary>Keeps a file that is finished and closed, and is not written to any more.</summary>
    /// <remarks>
    /// The cache takes its own hold on the file, by clone, hard link or copy, so that the encoder may move or delete it. A part that begins where another one of the layout
    /// does takes its place. It is kept once the call has returned <see langword="true"/>, also when the process is killed right after; after a power cut it may be gone.
    /// </remarks>
    /// <param name="part">The file.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>
    /// <see langword="false"/> where it is not kept: nothing was opened, there is no room without taking an entry away, another worker has taken over, or the cache cannot.
    /// The encode goes on all the same.
    /// </returns>
    ValueTask<bool> RecordAsync(EncodePartFile part, CancellationToken cancellationToken = default);

    /// <summary>The encoder found that what begins at a time, or later, does not fit: it is forgotten, and its files go.</summary>
    /// <remarks>Also after a power cut. Where it cannot be noted, nothing more is kept until the checkpoint is opened again: it would stand beside what did not fit.</remarks>
    /// <param name="from">The time; zero forgets all parts of the layout that is open.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask ForgetAsync(TimeSpan from, CancellationToken cancellationToken = default);
}
