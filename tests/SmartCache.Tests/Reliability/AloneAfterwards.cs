namespace SmartCache.Tests.Reliability;

/// <summary>Runs when all other tests are over: it takes every processor there is.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneAfterwards
{
    public const string Name = "Alone afterwards";
}
