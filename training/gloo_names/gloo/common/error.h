// See gloo/context.h. Nothing of it is named.
#pragma once
