using PoolWorker.Pool;
using PoolWorker.Working;

// One program in two roles: the demonstration, and each worker that it starts.
try
{
    return args is ["worker", ..] ? await Worker.RunAsync(args[1..]) : await Demonstration.RunAsync(args);
}
catch (Exception exception) when (exception is ArgumentException or IOException or InvalidOperationException)
{
    Console.Error.WriteLine(exception.Message);
    return 1;
}
