using SmartCache.Tool;
using SmartCache.Tool.Output;

using var cancel = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    // Nothing is held, but a look at a large cache ends by itself rather than in the middle of a line. Pressed again it ends at once, whatever it waits for.
    pressed.Cancel = !cancel.IsCancellationRequested;
    cancel.Cancel();
};
var host = ToolHost.OfProcess();
try
{
    return await ToolEntry.RunAsync(args, host, cancel.Token).ConfigureAwait(false);
}
finally
{
    host.Output.Flush();
}
