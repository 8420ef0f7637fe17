namespace SmartCache.Tests.Configuration;

/// <summary>A stage as far as decoration is concerned.</summary>
public interface IRelay
{
    string Name { get; }
}
