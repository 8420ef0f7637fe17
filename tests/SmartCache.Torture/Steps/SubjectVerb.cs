using SmartCache.Torture.Tracing;

namespace SmartCache.Torture.Steps;

/// <summary>The verb <c>subject</c>: a worker that does one operation at a time, on demand, while somebody plays with its system calls.</summary>
internal static class SubjectVerb
{
    public static async Task<int> RunAsync()
    {
        StepCase? test = null;
        Console.Out.WriteLine(Environment.ProcessId);
        Console.Out.Flush();
        while (Console.In.ReadLine() is { } line)
        {
            switch (line.Split('\t'))
            {
                case ["prepare", var name, var root]:
                    test = new StepCase(root);
                    await Answer(async () =>
                    {
                        await Operation.Named(name).Prepare(test);
                        return "prepared";
                    });
                    break;
                case ["run", var name]:
                    await Answer(() => Operation.Named(name).Run(test!));
                    break;
                case ["filter"]:
                    await Answer(() =>
                    {
                        SystemCallFilter.Apply();
                        return Task.FromResult("filtered");
                    });
                    break;
                case ["promises"]:
                    await Answer(async () =>
                    {
                        // What failed is done again by whoever was told so.
                        Operation.AdoptAgain(test!);
                        return await Promise.BrokenAsync(test!) is { Count: > 0 } broken ? throw new WrongBytesException(string.Join("; ", broken)) : "kept";
                    });
                    break;
                case ["again"]:
                    await Answer(async () =>
                    {
                        Operation.AdoptAgain(test!);
                        return $"{await test!.DownloadAsync()} {await test.EncodeAsync()} {await test.UploadAsync()}";
                    });
                    break;
                case ["close"]:
                    await test!.DisposeAsync();
                    foreach (var logged in test.Log)
                    {
                        Console.Out.WriteLine("log\t" + logged.ReplaceLineEndings(" "));
                    }

                    await Answer(() => Task.FromResult("closed"));
                    break;
                default:
                    return 2;
            }
        }

        return 0;
    }

    private static async Task Answer(Func<Task<string>> work)
    {
        string answer;
        try
        {
            answer = "ok\t" + await work();
        }
        catch (Exception exception)
        {
            answer = "failed\t" + exception.ToString().ReplaceLineEndings(" ");
        }

        Console.Out.WriteLine(answer);
        Console.Out.Flush();
    }
}
