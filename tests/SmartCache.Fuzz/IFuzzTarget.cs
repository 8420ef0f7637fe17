namespace SmartCache.Fuzz;

/// <summary>Something that reads what others wrote. A case makes one input, gives it to the library, and checks what comes out.</summary>
internal interface IFuzzTarget : IDisposable
{
    string Name { get; }

    /// <summary>Its share of the cases, relative to the others'.</summary>
    int Weight { get; }

    /// <summary>Runs one case. Every exception that gets out is a finding: documented ones are the target's to catch.</summary>
    void Run(FuzzRandom random);
}
