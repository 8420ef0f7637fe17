using System.Collections.Concurrent;

namespace SmartCache.Tests.Support;

/// <summary>A worker's encoder that makes several profiles in one run, and keeps which ones it made how.</summary>
internal sealed class FakeLadderEncoder : ILadderEncoder
{
    private readonly ConcurrentQueue<string[]> _runs = new();
    private readonly ConcurrentQueue<string> _singles = new();

    public FakeEncoder Inner { get; } = new();

    /// <summary>The profiles of each run.</summary>
    public IReadOnlyList<string[]> Runs => [.. _runs];

    /// <summary>The profiles that were encoded by themselves.</summary>
    public IReadOnlyList<string> Singles => [.. _singles];

    /// <summary>A profile that a run makes badly and leaves out.</summary>
    public string? Bad { get; set; }

    /// <summary>Requests that a run leaves out.</summary>
    public Func<EncodeRequest, bool> LeavesOut { get; set; } = static _ => false;

    /// <summary>What goes into one run.</summary>
    public Func<IReadOnlyList<EncodeRequest>, IReadOnlyList<IReadOnlyList<EncodeRequest>>> Groups { get; set; } = static requests => [requests];

    /// <summary>Runs before each profile of a run; gets how many are done.</summary>
    public Func<int, CancellationToken, Task>? Before { get; set; }

    /// <summary>Does not tell of each, and gives all at the end.</summary>
    public bool TellsNobody { get; set; }

    /// <summary>The run's progress.</summary>
    public IProgress<StageProgress>? Progress { get; private set; }

    /// <summary>Runs before a profile is encoded by itself.</summary>
    public Func<EncodeRequest, CancellationToken, Task>? BeforeSingle { get; set; }

    public ValueTask<EncodeRecipe> DescribeAsync(SourceMedia source, EncodingProfile profile, CancellationToken cancellationToken = default) =>
        Inner.DescribeAsync(source, profile, cancellationToken);

    public ValueTask<IReadOnlyList<IReadOnlyList<EncodeRequest>>> GroupAsync(IReadOnlyList<EncodeRequest> requests, CancellationToken cancellationToken = default) =>
        new(Groups(requests));

    public async Task<EncodedProfile> EncodeAsync(EncodeRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        _singles.Enqueue(request.Profile.Name);
        await (BeforeSingle?.Invoke(request, cancellationToken) ?? Task.CompletedTask);
        return await Inner.EncodeAsync(request, progress, cancellationToken);
    }

    public async Task<IReadOnlyList<EncodedProfile>> EncodeTogetherAsync(
        IReadOnlyList<EncodeRequest> requests,
        Func<EncodeRequest, EncodedProfile, Task>? finished = null,
        IProgress<StageProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        _runs.Enqueue([.. requests.Select(static request => request.Profile.Name)]);
        Progress = progress;
        var made = new List<EncodedProfile>();
        foreach (var request in requests)
        {
            await (Before?.Invoke(made.Count, cancellationToken) ?? Task.CompletedTask);
            if (request.Profile.Name == Bad || LeavesOut(request))
            {
                continue;
            }

            made.Add(await Inner.EncodeAsync(request, null, cancellationToken));
            if (!TellsNobody && finished is not null)
            {
                await finished(request, made[^1]);
            }
        }

        return made;
    }
}
