namespace SmartCache.Stages;

/// <summary>Optional: a worker's own choice of node, instead of the order of <see cref="KuboOptions.Endpoints"/>.</summary>
public interface IKuboTargetSelector
{
    /// <summary>The node to use next. Asked at the start of each upload and again after each target that failed.</summary>
    /// <param name="query">What is known.</param>
    /// <param name="cancellationToken">Ends the choice.</param>
    /// <returns>The node; <see langword="null"/> = none left, the upload fails. One that failed may be named again, <see cref="KuboOptions.TargetAttempts"/> bounds it.</returns>
    ValueTask<KuboEndpoint?> SelectAsync(KuboTargetQuery query, CancellationToken cancellationToken = default);
}
